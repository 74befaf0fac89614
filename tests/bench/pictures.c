/* Decoding, resizing and augmenting; and the made-up photographs of the cost tables. */
#include "runs.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/data/loader.h"

#include <stdlib.h>
#include <turbojpeg.h>

enum { WIDTH = 320, HEIGHT = 240, CLASSES = 5, QUALITY = 85, NOISE = 24, SIDE = 224, BATCH = 16 };

/* Smooth colours with a little texture, which cost about what a photograph costs to decode. */
static void draw(uint8_t *rgb, uint64_t seed)
{
	uint64_t key = rng_key(seed, RNG_INIT, 0, 0), i = 0;
	int tone = (int)rng_below(key, UINT64_MAX, 56);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++, i += 3) {
			uint64_t noise = rng_u64(key, i);
			rgb[i] = (uint8_t)(tone + 170 * x / WIDTH + (int)(noise & 255) % NOISE);
			rgb[i + 1] =
			    (uint8_t)(tone + 170 * y / HEIGHT + (int)(noise >> 8 & 255) % NOISE);
			rgb[i + 2] = (uint8_t)(tone + (int)(noise >> 16 & 255) % NOISE);
		}
}

static void write_jpeg(const char *path, const uint8_t *rgb)
{
	unsigned char *data = NULL;
	unsigned long n = 0;
	struct errinfo e = {0};
	tjhandle tj = tjInitCompress();
	if (tjCompress2(tj, rgb, WIDTH, 0, HEIGHT, TJPF_RGB, &data, &n, TJSAMP_420, QUALITY, 0))
		die("JPEG: %s", tjGetErrorStr2(tj));
	if (file_write_atomic(path, data, n, &e))
		die("%s", e.msg);
	tjFree(data);
	tjDestroy(tj);
}

char *make_photographs(const struct bench *b, int n)
{
	char *name = xasprintf("photographs-%d", n), *dir = scratch_path(b, name);
	uint8_t *rgb = xmalloc((size_t)WIDTH * HEIGHT * 3);
	struct errinfo e = {0};
	free(name);
	for (int i = 0; i < n; i++) {
		char *folder = xasprintf("%s/kind%d", dir, i % CLASSES),
		     *path = xasprintf("%s/%d.jpg", folder, i);
		if (i < CLASSES && file_mkdirs(folder, &e))
			die("%s", e.msg);
		if (!file_exists(path)) {
			draw(rgb, (uint64_t)i);
			write_jpeg(path, rgb);
		}
		free(folder);
		free(path);
	}
	free(rgb);
	return dir;
}

/* ---- the loader on flower photographs ---- */

struct flowers {
	struct experiment *x;
	struct dataset *d;
};

static struct flowers open_flowers(void)
{
	struct flowers f = {0};
	struct errinfo e = {0};
	if (experiment_read(&f.x, "cfg/flower-photos.yaml", NULL, 0, &e) ||
	    dataset_open(&f.d, f.x, &e))
		die("%s", e.msg);
	return f;
}

static void close_flowers(struct flowers *f)
{
	dataset_free(f->d);
	experiment_free(f->x);
}

/* One epoch of training pictures by one background thread, which keeps nothing. */
static double load_epoch(void *flowers)
{
	struct flowers *f = flowers;
	struct loader *l = loader_new(f->d, f->x, true, SIDE, SIDE, BATCH, 1, 0);
	struct errinfo e = {0};
	struct batch batch;
	bool more = true;
	double start = clock_seconds();
	loader_start(l, 1, 0);
	while (more)
		if (loader_next(l, &batch, &more, &e))
			die("%s", e.msg);
	double seconds = clock_seconds() - start;
	loader_free(l);
	return seconds;
}

void bench_pictures(struct bench *b)
{
	if (!have_flowers("decoding"))
		return;
	struct flowers f = open_flowers();
	double seconds;
	take_turns(&(struct turn){"thaw", load_epoch, false}, 1, b->runs, &f, &seconds);
	report(&(struct figure){.name = "decode + resize + augment, photographs, one thread",
				.unit = "images/s",
				.ours = (double)f.d->train.n / seconds,
				.runs = b->runs});
	close_flowers(&f);
}

/* ---- start-up ---- */

double look_at_photographs(int threads)
{
	struct flowers f = open_flowers();
	struct errinfo e = {0};
	double start = clock_seconds();
	if (dataset_audit(f.d, f.x, threads, NULL, NULL, &e))
		die("%s", e.msg);
	double seconds = clock_seconds() - start;
	close_flowers(&f);
	return seconds;
}
