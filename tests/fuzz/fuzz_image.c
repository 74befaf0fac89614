/* A picture of any kind. */
#include "fuzz.h"

#include "thaw/data/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = {0};
	struct errinfo e;
	uint8_t small[8 * 8 * 3];
	float input[3 * 8 * 8];
	if (image_decode_memory(&im, data, size, &e)) {
		FUZZ_TRUE(!im.rgb);
		return 0;
	}
	FUZZ_TRUE(im.w > 0 && im.h > 0 && (int64_t)im.w * im.h <= IMAGE_MAX_PIXELS);
	image_thumbnail(&im, 8, 8, small);
	for (int mode = 0; mode < RESIZE_N; mode++)
		image_to_input(&im, (enum resize_mode)mode, 8, 8, input);
	image_release(&im);
	return 0;
}
