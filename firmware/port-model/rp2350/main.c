/** The port of the RP2350 on trial (../trial.h). */
#include "cpu.h"
#include "port.h"

static const uint32_t levels[5][PORT_LEVEL_WORDS] = {{11, 125, 0x52, 1}, {9, 100, 0x62, 1}, {7, 64, 0x62, 1}, {6, 120, 0x65, 1}, {5, 70, 0x75, 1}};
/* Too little voltage to ask for, too much, 151.2 MHz, a VCO of 1,612 MHz, a post divider of 0. */
static const uint32_t refused[5][PORT_LEVEL_WORDS] = {{4, 70, 0x75, 1}, {13, 125, 0x52, 1}, {11, 126, 0x52, 1}, {11, 134, 0x62, 1}, {11, 125, 0x50, 1}};
/* From the crystal, from PLL_USB, more than that, and the usual one. */
static const uint32_t bauds[] = {9600, 921600, 3000000, 115200};
enum { TOLD_WORDS = 2, LISTENED = 1, GATED = 0 };

#include "../trial.h"
