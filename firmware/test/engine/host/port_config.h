/** The "board" of cascade_main.c. */
#pragma once

#define PORT_ARENA_BYTES (1u << 20)
