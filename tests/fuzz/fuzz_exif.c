/* The orientation in an EXIF block, and the turn it asks for. */
#include "fuzz.h"

#include "../../src/data/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = {0};
	int orientation = exif_orientation(data, size);
	FUZZ_TRUE(orientation >= 1 && orientation <= 8);
	FUZZ_TRUE(!image_alloc(&im.rgb, 3, 2, 3, NULL));
	memset(im.rgb, 7, 3 * 2 * 3);
	im.w = 3;
	im.h = 2;
	FUZZ_TRUE(!image_turn(&im, orientation, NULL));
	FUZZ_TRUE(im.w * im.h == 6);
	image_release(&im);
	return 0;
}
