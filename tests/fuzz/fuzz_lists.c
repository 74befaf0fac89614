/* Darknet's data file, its labels and its lists of pictures: three parts. */
#include "fuzz.h"

#include "../../src/data/listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part data_file = fuzz_part(&data, &size), labels = fuzz_part(&data, &size);
	struct names classes = {NULL, 0, 0};
	struct listing train = {NULL, 0, 0}, valid = {NULL, 0, 0};
	struct place place;
	struct errinfo e;
	fuzz_file("labels.txt", labels.data, labels.size);
	fuzz_file("train.txt", data, size);
	place_init(&place, NULL, "data.darknet",
		   fuzz_file("x.data", data_file.data, data_file.size));
	if (!lists_read(&classes, &train, &valid, &place, &e))
		for (size_t i = 0; i < train.n; i++)
			FUZZ_TRUE(train.samples[i].label >= 0 &&
				  (size_t)train.samples[i].label < classes.n);
	names_release(&classes);
	listing_release(&train);
	listing_release(&valid);
	classes = (struct names){NULL, 0, 0};
	train = (struct listing){NULL, 0, 0};
	if (!names_read(&classes, fuzz_path("labels.txt"), &place, &e))
		list_read(&train, &classes, fuzz_path("train.txt"), &place, &e);
	names_release(&classes);
	listing_release(&train);
	place_release(&place);
	return 0;
}
