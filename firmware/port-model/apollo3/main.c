/** The port of the Apollo3 on trial (../trial.h). */
#include "cpu.h"
#include "port.h"

static const uint32_t levels[3][PORT_LEVEL_WORDS] = {{0, 1, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}};
static const uint32_t refused[4][PORT_LEVEL_WORDS] = {{1, 1, 0, 0}, {2, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 0, 1}};
static const uint32_t bauds[] = {9600, 921600, 3000000, 115200};
enum { TOLD_WORDS = 2, LISTENED = 1, GATED = 0 };

#include "../trial.h"
