/*
 * A chip around the emulated core, in the process of QEMU: its registers answer the program's loads and stores, its interrupts reach the core. QEMU has
 * no machine for it and takes none from outside; but a plugin is part of its process, and Debian's build exports what its own loadable devices need.
 */
#ifndef LITTLEFIRST_BOARD_H
#define LITTLEFIRST_BOARD_H

#include "events.h"
#include "qemu-api.h"

/* The core's count of cycles from which on `board_expire` must be called; the highest count there is without a board. */
extern int64_t board_deadline;
void board_expire(void);

/* The last store did something that the harness is told: call `board_ring` with the count behind it; `settled` as for `events_ring`. */
extern bool board_rings;
void board_ring(const struct snapshot *snapshot, struct cost *settled);

/* The core is about to execute WFI. True if the board's own timer ended it: its time has passed, and the harness was told. */
bool board_wait(const struct snapshot *snapshot);

/* Which chip that is; false for a name that none has. */
bool board_choose(const char *name);

/* Puts the chip into the machine as soon as that is there. `count` says what has been executed up to the running block. */
void board_install(qemu_plugin_id_t id, struct snapshot (*count)(void));

#endif
