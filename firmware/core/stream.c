#include "stream.h"

#include "cascade.h"
#include "cpu.h"
#include "crc.h"
#include "dut.h"
#include "extension_error.h"
#include "frames.h"
#include "link.h"
#include "mlperf.h"
#include "port.h"
#include "text.h"

static struct step_result batch[FRAMES_MOST_SLOTS];

/* Ring position of the oldest unreleased window, counted from the first slot, and its number in the stream. */
static uint32_t oldest, number;

static void key_unsigned(const char *key, uint32_t value) {
  text_key(key);
  text_unsigned(value);
}

static void field_cycles(uint32_t cycles) {
  text_char(' ');
  if (port_facts.cycle_counter) {
    text_unsigned(cycles);
  } else {
    text_char('-');
  }
}

/** One `m-w` line. */
static void answer(uint32_t sequence, const struct step_result *result, uint32_t credits) {
  text("m-w ");
  text_unsigned(sequence & 0xffffu);
  text_char(' ');
  text_unsigned(result->label);
  text(result->big ? " b " : " g ");
  text_hex(result->nets, 0);
  field_cycles(result->cycles[MARKER_GATE]);
  field_cycles(result->cycles[MARKER_BIG]);
  field_cycles(result->cycles[MARKER_TRANSFER]);
  text_char(' ');
  text_unsigned(credits);
  if (result->scored) {
    text_char(' ');
    text_unsigned(result->score);
  }
  text_end_checked();
}

static void report_fault(void) {
  static const char *const reasons[] = {"", "crc", "length", "sequence", "credit"};
  uint32_t mask = cpu_mask_interrupts();
  uint8_t fault = frames.fault;
  uint32_t expected = frames_expected();
  frames.fault = FRAME_FINE;
  cpu_restore_interrupts(mask);
  if (fault == FRAME_FINE) return;
  text("e-[nak,");
  text_unsigned(expected);
  text_char(',');
  text(reasons[fault]);
  text_char(']');
  text_end_checked();
}

static uint32_t waiting(void) {
  return frames.accepted - frames.released;
}

/** Sleeps until at least `enough` windows wait, or something else is to be done. */
static void wait_for(uint32_t enough) {
  uint32_t mask = cpu_mask_interrupts();
  while (waiting() < enough && frames.fault == FRAME_FINE && !frames.ended && !frames.flush) {
    port_rest();
    cpu_restore_interrupts(mask);
    mask = cpu_mask_interrupts();
  }
  cpu_restore_interrupts(mask);
}

static uint32_t position_after(uint32_t position) {
  return position + 1u == dut.slot_count ? 0 : position + 1u;
}

static void release(void) {
  oldest = position_after(oldest);
  number++;
  frames.released = frames.released + 1u;
}

/** Steps the window at a position of the ring. */
static void step(uint32_t at, struct step_result *result) {
  const uint8_t *window = frames_window(at);
  if (frames_halved(at)) cascade_continue();
  cascade_step(window, result);
}

/** Computes every waiting window between guards, then answers them all. */
static void run_batch(uint32_t capacity) {
  uint32_t count = waiting(), first = oldest;
  if (count == 0) return;
  for (uint32_t i = 0, at = first; i < count; i++, at = position_after(at)) (void)frames_window(at);
  link_drain();
  port_marker(MARKER_IDLE);
  port_idle_us(dut.guard_us);
  for (uint32_t i = 0, at = first; i < count; i++, at = position_after(at)) {
    step(at, &batch[i]);
    port_idle_us(dut.guard_us);
  }
  port_marker(MARKER_TRANSFER);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t sequence = number;
    release();
    answer(sequence, &batch[i], capacity - waiting());
  }
}

static void run_one(uint32_t capacity) {
  struct step_result result;
  step(oldest, &result);
  port_marker(MARKER_TRANSFER);
  uint32_t sequence = number;
  release();
  answer(sequence, &result, capacity - waiting());
}

void stream_run(bool quiet, uint32_t tail_bytes) {
  uint32_t capacity = dut.slot_count - 1u; /* the previous window keeps its slot */
  dut_take_ring();
  dut.loaded = 0;
  oldest = 0;
  number = 0;
  frames_start(dut.first_slot, dut.slot_count, capacity, false);
  frames_tail(tail_bytes);
  link_frames(true);
  text("m-lf-stream");
  key_unsigned("credits", capacity);
  key_unsigned("bytes", dut.blob.window->bytes);
  if (tail_bytes != 0) key_unsigned("tail", tail_bytes);
  text_end_checked();
  uint32_t enough = quiet ? capacity : 1;
  for (;;) {
    wait_for(enough);
    bool ended = frames.ended, flush = frames.flush;
    frames.flush = false;
    if (waiting() >= enough || ended || flush) {
      if (quiet) run_batch(capacity);
      while (!quiet && waiting() > 0) {
        run_one(capacity);
        report_fault();
      }
    }
    report_fault();
    if (ended && waiting() == 0) break;
  }
  link_frames(false);
  dut_take_ring();
  text("m-lf-streamed");
  key_unsigned("windows", number);
  text_end_checked();
}

void stream_load(uint32_t slot) {
  dut_take_ring();
  dut.loaded = slot;
  frames_start(dut.first_slot + slot, 1, 1, true);
  link_frames(true);
  text("m-lf-load");
  key_unsigned("slot", slot);
  key_unsigned("credits", 1);
  text_end_checked();
  while (waiting() == 0 && !frames.ended) {
    wait_for(1);
    frames.flush = false;
    report_fault();
  }
  link_frames(false);
  if (waiting() == 0) {
    extension_error("state", "no window came");
    return;
  }
  dut.loaded = slot + 1u;
  text("m-lf-loaded");
  key_unsigned("slot", slot);
  text_end_checked();
}

void stream_loop(uint32_t windows, uint32_t count) {
  uint32_t labels = 0xffffffffu, gate_runs = 0, big_runs = 0, slot = 0;
  uint64_t cycles = 0;
  link_drain();
  port_marker(MARKER_IDLE);
  port_idle_us(dut.guard_us);
  mlperf_pulse();
  uint32_t start = port_micros();
  for (uint32_t i = 0; i < windows; i++) {
    struct step_result result;
    cascade_step(frames_slot(dut.first_slot + slot), &result);
    slot = slot + 1u == count ? 0 : slot + 1u;
    labels = crc32_step(labels, result.label);
    cycles += result.cycles[MARKER_GATE] + result.cycles[MARKER_BIG] + result.cycles[MARKER_TRANSFER];
    gate_runs += result.gate;
    big_runs += result.big;
    port_idle_us(dut.guard_us);
  }
  uint32_t elapsed = port_micros() - start;
  mlperf_pulse();
  port_marker(MARKER_TRANSFER);
  text("m-lf-loop");
  key_unsigned("n", windows);
  text_key("labels");
  text_hex(~labels, 8);
  text_key("cycles");
  if (port_facts.cycle_counter) {
    text_unsigned64(cycles);
  } else {
    text_char('-');
  }
  key_unsigned("gateruns", gate_runs);
  key_unsigned("bigruns", big_runs);
  key_unsigned("us", elapsed);
  text_end_checked();
}
