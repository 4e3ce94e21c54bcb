#include "wire.h"

#include "blob_format.h"
#include "crc.h"

/** Where an encoder is: the run that it writes, whose length stands before it. */
struct cobs {
  uint8_t *code, *next;
};

/** Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7, 1999). */
static void put(struct cobs *cobs, uint8_t byte) {
  if (byte != 0) *cobs->next++ = byte;
  if (byte == 0 || cobs->next - cobs->code == 0xff) {
    *cobs->code = (uint8_t)(cobs->next - cobs->code);
    cobs->code = cobs->next++;
  }
}

size_t wire_frame(uint16_t sequence, const uint8_t *payload, size_t bytes, uint8_t *to) {
  struct cobs cobs = {to, to + 1};
  uint32_t crc = CRC16_INIT;
  uint8_t head[2] = {(uint8_t)sequence, (uint8_t)(sequence >> 8)};
  for (size_t i = 0; i < sizeof head + bytes; i++) {
    uint8_t byte = i < sizeof head ? head[i] : payload[i - sizeof head];
    crc = crc16_step(crc, byte);
    put(&cobs, byte);
  }
  put(&cobs, (uint8_t)crc);
  put(&cobs, (uint8_t)(crc >> 8));
  *cobs.code = (uint8_t)(cobs.next - cobs.code);
  *cobs.next++ = 0;
  return (size_t)(cobs.next - to);
}

uint32_t wire_window_bytes(const uint8_t *blob) {
  const lf_blob_header *header = (const lf_blob_header *)(const void *)blob;
  const lf_section *sections = (const lf_section *)(const void *)(header + 1);
  for (uint32_t i = 0; i < header->section_count; i++)
    if (sections[i].type == LF_SECTION_WINDOW) return ((const lf_window *)(const void *)(blob + sections[i].offset))->bytes;
  return 0;
}
