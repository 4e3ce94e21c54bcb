#include "dut.h"

#include "blob.h"
#include "cascade.h"
#include "frames.h"
#include "port.h"
#include "port_config.h"

enum { KEPT_SLOT, DB_SLOT, FIRST_RING_SLOT, LEAST_RING_SLOTS = 2, DEFAULT_GUARD_US = 100 };

struct dut dut;

static uint8_t ring_memory[PORT_RING_BYTES] __attribute__((section(".buffers.ring"), aligned(8)));

void dut_open(void) {
  dut.guard_us = DEFAULT_GUARD_US;
  dut.db = ring_memory;
  dut.db_max_bytes = sizeof ring_memory;
  dut.blob_status = lf_blob_open((const uint8_t *)port_facts.blob_address, port_facts.blob_max_bytes, &dut.blob);
  if (dut.blob_status != LF_OK) return;
  uint32_t bytes = dut.blob.window->bytes;
  uint32_t slots = frames_layout(ring_memory, sizeof ring_memory, bytes);
  if (slots < FIRST_RING_SLOT + LEAST_RING_SLOTS || !cascade_open(&dut.blob)) {
    dut.blob_status = LF_BLOB_FORMAT;
    return;
  }
  dut.kept = frames_slot(KEPT_SLOT);
  dut.db = frames_slot(DB_SLOT);
  dut.db_max_bytes = bytes;
  dut.first_slot = FIRST_RING_SLOT;
  dut.slot_count = slots - FIRST_RING_SLOT;
}

const char *dut_dtype(void) {
  static const char *const names[] = {"int8", "uint8", "int16"};
  return dut.blob_status == LF_OK ? names[dut.blob.window->dtype] : "-";
}

void dut_take_ring(void) {
  cascade_retain(dut.kept);
}
