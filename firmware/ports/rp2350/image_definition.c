/**
 * What the boot ROM starts (RP2350 data sheet 5.9.5): an executable for the Arm cores, Secure, of an RP2350. It names no entry, so that the boot ROM
 * takes stack and entry from the vector table at the image's start, behind which the linker puts this.
 */
#include <stdint.h>

enum { ITEM_IMAGE_TYPE = 0x42, ITEM_LAST = 0xff, TYPE_EXECUTABLE = 1, TYPE_SECURE = 2 << 4, TYPE_RP2350 = 1 << 12 };

extern const uint32_t image_definition[5];

__attribute__((section(".vectors"), used)) const uint32_t image_definition[5] = {
    0xffffded3u,
    (uint32_t)(TYPE_EXECUTABLE | TYPE_SECURE | TYPE_RP2350) << 16 | 1u << 8 | ITEM_IMAGE_TYPE,
    1u << 8 | ITEM_LAST, /* one word of items before */
    0,                   /* no other block */
    0xab123579u,
};
