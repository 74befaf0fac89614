/* Idx files, gzipped or not: the same bytes as pictures and as labels. */
#include "fuzz.h"

#include "../../src/data/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct idx_images *set = NULL;
	struct place place;
	struct errinfo e;
	uint8_t *labels = NULL;
	const char *path = fuzz_file("idx", data, size);
	place_init(&place, NULL, "data.idx", fuzz_path("idx"));
	if (!idx_read_images(&set, &place, path, &e)) {
		struct image im = {0};
		if (set->n && !idx_picture(&im, set, set->n - 1, &e))
			image_release(&im);
		if (!idx_read_labels(&labels, &place, path, set, 10, &e))
			free(labels);
		idx_free(set);
	}
	struct idx_images three = {.file = (char[]){"images"}, .n = 3};
	labels = NULL;
	if (!idx_read_labels(&labels, &place, path, &three, 10, &e)) {
		FUZZ_TRUE(labels[0] < 10 && labels[1] < 10 && labels[2] < 10);
		free(labels);
	}
	place_release(&place);
	return 0;
}
