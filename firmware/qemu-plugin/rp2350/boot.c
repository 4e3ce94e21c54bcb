/* What the boot ROM asks of an image in flash (data sheet 5.1.5, 5.1.12, 5.9): a loop of blocks that begins in its first 4 KB, and in it an image definition. */
#include "parts.h"

enum { FLASH = 0x10000000, SEARCHED = 4096, LONGEST = 0x280, ITEM_IMAGE_TYPE = 0x42, ITEM_VECTOR_TABLE = 0x03, ITEM_ENTRY = 0x44, ITEM_LAST = 0xff };
enum { TWO_BYTE_SIZE = 0x80, TYPE_MASK = 0x773f, TYPE_SECURE_ARM_RP2350 = 0x1021 };
#define BLOCK_START 0xffffded3u
#define BLOCK_END 0xab123579u

static uint32_t word(uint32_t address) {
  return rp_chip.machine->flash_word(address);
}

/** The address of the block's last item, 0 if the block has none. `type` and `vectors` receive what other items say. */
static uint32_t read_items(uint32_t block, uint32_t *type, uint32_t *vectors) {
  for (uint32_t at = block + 4; at < block + LONGEST;) {
    uint32_t item = word(at), kind = item & 255;
    if (kind == ITEM_LAST) return (item >> 8 & 0xffff) == (at - block - 4) / 4 ? at : 0;
    uint32_t words = (kind & TWO_BYTE_SIZE) != 0 ? item >> 8 & 0xffff : item >> 8 & 255;
    if (words == 0) return 0;
    if (kind == ITEM_IMAGE_TYPE) *type = item >> 16;
    if (kind == ITEM_VECTOR_TABLE) *vectors = word(at + 4);
    if (kind == ITEM_ENTRY) rp_broken("an image with an entry point of its own, which the model does not start", at);
    at += 4 * words;
  }
  return 0;
}

uint32_t rp_boot(void) {
  for (uint32_t at = FLASH; at < FLASH + SEARCHED; at += 4) {
    if (word(at) != BLOCK_START) continue;
    uint32_t type = 0, vectors = FLASH, last = read_items(at, &type, &vectors);
    if (last == 0 || word(last + 8) != BLOCK_END) continue;
    if (word(last + 4) != 0) rp_broken("a loop of several blocks, which the model does not follow", last + 4);
    if ((type & TYPE_MASK) != TYPE_SECURE_ARM_RP2350) rp_broken("the image definition is not that of an executable for the Secure Arm core of an RP2350", at);
    if (vectors % 256 != 0) rp_broken("the vector table is not aligned", vectors);
    return vectors;
  }
  rp_broken("the boot ROM finds no image definition in the first 4 KB of flash", FLASH);
}
