/**
 * A level of its own for each stage of the cascade: the gate's, at which the chip also sleeps, and Big's. A change belongs to Big, which it is made for:
 * to Big's level behind the marker's edge to Big, and back before the edge that ends it, so that what both take lies inside the measured window.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "blob_format.h"
#include "port.h"

enum stage { STAGE_GATE, STAGE_BIG, STAGES };

/** The schedule in force, and what its changes took and left in the registers since `stages_count`. */
struct stages {
  bool apart;                    /**< The stages have levels of their own; else nothing here counts. */
  enum stage now;
  const lf_level *levels;        /**< The blob's table. */
  uint32_t index[STAGES];        /**< Level of each stage, its number in the blob. */
  struct port_level is[STAGES];  /**< What the registers said after the last change to each. */
  uint32_t changes;
  uint32_t failed;               /**< Changes after which the registers were not those of the level. */
  uint32_t microseconds, cycles; /**< Of all changes; cycles at whatever clock ran. */
};
extern struct stages stages;

/**
 * Takes a schedule over and goes to both of its levels once, to the gate's last.
 * @param levels the blob's table, which holds `gate` and `big`
 * @return false if one did not come: the schedule is dropped
 */
bool stages_set(const lf_level *levels, uint32_t gate, uint32_t big);

/** One level for all stages again: the one that is in force. */
void stages_clear(void);

/** Forgets what was counted. */
void stages_count(void);

/** Goes to the level of a stage that is not the present one. */
void stages_change(enum stage stage);

static inline void stages_enter(enum stage stage) {
  if (stages.apart && stages.now != stage) stages_change(stage);
}
