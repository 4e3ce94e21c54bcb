/** The port of the nRF52840 on trial (../trial.h). */
#include "cpu.h"
#include "port.h"

static const uint32_t levels[2][PORT_LEVEL_WORDS] = {{1, 0, 0, 0}, {0, 0, 0, 0}};
static const uint32_t refused[3][PORT_LEVEL_WORDS] = {{2, 0, 0, 0}, {0, 1, 0, 0}, {1, 0, 0, 1}};
static const uint32_t bauds[] = {9600, 921600, 1000000, 115200};
enum { TOLD_WORDS = 1, LISTENED = 3, GATED = 1 };

#include "../trial.h"
