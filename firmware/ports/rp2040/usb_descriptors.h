/**
 * What the device says of itself (USB 2.0 chapter 9.6; CDC 1.2, 5.2.3).
 *
 * No response may be a multiple of 64 bytes long: the control pipe sends no empty packet behind it.
 */
#pragma once

#include <stdint.h>

enum { EP_NOTIFY = 1, EP_DATA = 2, PACKET_BYTES = 64, NOTIFY_BYTES = 8, CONFIGURATION_BYTES = 75 };
enum { DESCRIPTOR_DEVICE = 1, DESCRIPTOR_CONFIGURATION = 2, DESCRIPTOR_STRING = 3, STRINGS = 3 };

/** 1209:0001 is pid.codes' number for tests on one's own desk; a product needs its own. */
static const uint8_t device_descriptor[] = {
    18, DESCRIPTOR_DEVICE, 0x00, 0x02, 2, 0, 0, PACKET_BYTES, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 0, 1,
};

static const uint8_t configuration_descriptor[CONFIGURATION_BYTES] = {
    9, DESCRIPTOR_CONFIGURATION, CONFIGURATION_BYTES, 0, 2, 1, 0, 0x80, 100, /* bus powered, 200 mA */
    8, 11, 0, 2, 2, 2, 0, 0,                                                 /* one function of two interfaces */
    9, 4, 0, 0, 1, 2, 2, 0, 0,                                               /* communication: abstract control */
    5, 0x24, 0, 0x20, 0x01,                                                  /* header: CDC 1.20 */
    5, 0x24, 1, 0, 1,                                                        /* call management: none */
    4, 0x24, 2, 2,                                                           /* line coding and state */
    5, 0x24, 6, 0, 1,                                                        /* union of interfaces 0 and 1 */
    7, 5, 0x80 | EP_NOTIFY, 3, NOTIFY_BYTES, 0, 255,
    9, 4, 1, 0, 2, 10, 0, 0, 0,                                              /* data */
    7, 5, EP_DATA, 2, PACKET_BYTES, 0, 0,
    7, 5, 0x80 | EP_DATA, 2, PACKET_BYTES, 0, 0,
};

/** Languages (English, United States), manufacturer, product. */
static const char *const string_descriptors[STRINGS] = {"\x09\x04", "littlefirst", "littlefirst-rp2040"};
