/* TFRecord, the frame of TensorBoard's event files: records one after the other, each
 *
 *   length       8 bytes, of the data
 *   its checksum 4 bytes: masked CRC-32C of the 8 bytes
 *   data         length bytes
 *   its checksum 4 bytes: masked CRC-32C of the data
 *
 * all numbers little-endian. A record is whole when both checksums agree. Pure: it reads nothing.
 * Invariant: a length is believed only when its checksum agrees.
 * Source: TensorFlow's description of the format in its module tf_record
 */
#ifndef IMPORT_TFRECORD_H
#define IMPORT_TFRECORD_H

#include <stddef.h>
#include <stdint.h>

#define TFRECORD_HEADER 12
#define TFRECORD_FOOTER 4

enum tfrecord_next {
	TFRECORD_WHOLE,
	TFRECORD_PART,       /* more of it is needed: `size` says how much it will be in all */
	TFRECORD_BAD_LENGTH, /* the length's checksum does not agree: this is no record */
	TFRECORD_BAD_DATA    /* the data's does not */
};

struct tfrecord {
	uint64_t size; /* header and footer included; of a part that is shorter than its header:
			* TFRECORD_HEADER */
	const uint8_t *data; /* borrowed of the bytes */
	size_t len;
};

/* The record at the begin of bytes[n]. */
enum tfrecord_next tfrecord_next(const uint8_t *bytes, size_t n, struct tfrecord *out);

#endif
