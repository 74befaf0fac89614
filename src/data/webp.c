#include "decode.h"

#include <stdlib.h>
#include <webp/decode.h>

static enum err why(VP8StatusCode status, struct errinfo *e)
{
	switch (status) {
	case VP8_STATUS_NOT_ENOUGH_DATA:
	case VP8_STATUS_SUSPENDED:
		return err_set(e, ERR_FORMAT, "truncated WebP: part of the picture is missing");
	case VP8_STATUS_OUT_OF_MEMORY:
		return err_set(e, ERR_FORMAT, "no memory for a WebP decoder");
	default:
		return err_set(e, ERR_FORMAT, "damaged WebP");
	}
}

/* The size, if the picture can be read. */
static enum err read_head(const WebPBitstreamFeatures *in, struct decoding *to, struct errinfo *e)
{
	enum err r = image_check_size((uint64_t)in->width, (uint64_t)in->height, e);
	if (r)
		return r;
	if (in->has_animation)
		return err_set(e, ERR_FORMAT,
			       "it is an animated WebP, which is not read; save a single picture "
			       "of it as JPEG or PNG");
	to->w = in->width;
	to->h = in->height;
	to->by = image_fit(to->w, to->h);
	return ERR_OK;
}

/* RGB without alpha, which libwebp drops. */
enum err webp_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		     struct errinfo *e)
{
	WebPDecoderConfig c;
	if (!WebPInitDecoderConfig(&c))
		return err_set(e, ERR_FORMAT, "another version of libwebp");
	VP8StatusCode status = WebPGetFeatures(data, len, &c.input);
	if (status != VP8_STATUS_OK)
		return why(status, e);
	enum err r = read_head(&c.input, to, e);
	if (r)
		return r;
	struct image im = {(to->w + to->by - 1) / to->by, (to->h + to->by - 1) / to->by, NULL};
	if ((r = image_alloc(&im.rgb, im.w, im.h, 3, e)) != ERR_OK)
		return r;
	c.options.use_scaling = to->by > 1;
	c.options.scaled_width = im.w;
	c.options.scaled_height = im.h;
	c.output.colorspace = MODE_RGB;
	c.output.is_external_memory = 1;
	c.output.u.RGBA.rgba = im.rgb;
	c.output.u.RGBA.stride = im.w * 3;
	c.output.u.RGBA.size = (size_t)im.w * (size_t)im.h * 3;
	status = WebPDecode(data, len, &c);
	WebPFreeDecBuffer(&c.output);
	if (status != VP8_STATUS_OK) {
		free(im.rgb);
		return why(status, e);
	}
	*out = im;
	return ERR_OK;
}
