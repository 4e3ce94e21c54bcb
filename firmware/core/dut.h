/** The device under test as a whole: its blob, its buffers, and what the commands share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "blob_format.h"

struct dut {
  int blob_status;         /**< LF_OK, or why there is no usable blob. */
  lf_blob blob;            /**< Valid when blob_status is LF_OK. */
  uint8_t *kept;           /**< Copy of the cascade's previous window while its slot is overwritten. */
  uint8_t *db;             /**< Buffer of the `db` commands. */
  uint32_t db_max_bytes;
  uint32_t first_slot;     /**< Ring slots for streams and loaded windows: first_slot .. first_slot + slot_count - 1. */
  uint32_t slot_count;
  uint32_t loaded;         /**< Slots 0 .. loaded - 1 hold windows loaded by `lf load`. */
  uint32_t guard_us;       /**< Idle before and after every window in quiet mode and loop. */
  bool energy_regime;      /**< MLPerf Tiny's energy regime: time stamps on a pin, 9600 baud. */
  uint32_t next_baud;      /**< Baud rate to take after the next `m-ready`; 0: none. */
  bool banner_due;         /**< The boot banner follows that change. */
};
extern struct dut dut;

/** Opens the blob and lays out the buffers. */
void dut_open(void);

/** Name of a window data type, `-` without a blob. */
const char *dut_dtype(void);

/** The current windows in the ring are about to be overwritten: keeps the cascade's previous one. */
void dut_take_ring(void);
