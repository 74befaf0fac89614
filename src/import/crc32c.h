/* CRC-32C (Castagnoli): polynomial 0x1EDC6F41, reflected, begun with and ended by all ones; and the
 * masked form that TFRecord keeps, so that a checksum of data that holds checksums stays good.
 * Source: RFC 3720, appendix B.4 (test values); TensorFlow's description of TFRecord (the mask)
 */
#ifndef IMPORT_CRC32C_H
#define IMPORT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of more bytes behind those that `crc` (0 for none) is of. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

uint32_t crc32c_mask(uint32_t crc);

#endif
