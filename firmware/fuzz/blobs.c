#include "blobs.h"

#include <stdlib.h>
#include <string.h>

#include "blob.h"

__asm(".section .rodata\n.balign 8\n.globl hold_blob\nhold_blob:\n.incbin \"hold.blob\"\n.globl hold_blob_end\nhold_blob_end:\n"
      ".balign 8\n.globl filtered_blob\nfiltered_blob:\n.incbin \"filtered.blob\"\n.globl filtered_blob_end\nfiltered_blob_end:\n"
      ".text\n");

enum { AFTER_CRC = 8 };

uint8_t *blob_copy(const uint8_t *from, size_t bytes) {
  uint8_t *blob = malloc(bytes == 0 ? 1 : bytes);
  if (blob == 0) abort();
  memcpy(blob, from, bytes);
  return blob;
}

void blob_seal(uint8_t *blob, size_t bytes) {
  lf_blob_header *header = (lf_blob_header *)(void *)blob;
  if (bytes < sizeof *header) return;
  header->total_bytes = (uint32_t)bytes;
  header->crc32 = lf_crc32(0, blob + AFTER_CRC, (uint32_t)bytes - AFTER_CRC);
}
