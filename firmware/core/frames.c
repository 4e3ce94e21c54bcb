#include "frames.h"

#include "crc.h"
#include "mem.h"

struct frames frames;

/* A slot: two bytes unused, sequence number, window, CRC; so that the window is 4-byte aligned. */
enum { SLOT_SEQUENCE = 2, SLOT_WINDOW = 4, FRAME_EXTRA = 4 };

static struct {
  uint8_t *ring;
  uint32_t stride, window_bytes;
  uint32_t tail_bytes;  /* a frame of so many bytes continues the window before it; 0: none may */
  uint32_t first, count, capacity;
  uint32_t next_slot;   /* counted from `first` */
  uint32_t expected;    /* sequence number */
  bool any_sequence;
  bool discarding;      /* after a fault, until the expected frame arrives */
  uint32_t empty_frames;
} ring;

/* Slots, counted from `first`, that so far hold only the tail of their window, at its beginning. */
static volatile bool holds_tail[FRAMES_MOST_SLOTS];
/* Slots whose window was sent as its second half. */
static volatile bool came_halved[FRAMES_MOST_SLOTS];

/* The frame being decoded. */
static struct {
  uint8_t *to;          /* 0 when no slot is free */
  uint32_t length;      /* bytes decoded, at most window_bytes + FRAME_EXTRA + 1 */
  uint32_t crc;         /* over all but the last two bytes */
  uint32_t newest, older;
  uint32_t sequence;
  uint32_t run;         /* bytes left of the current COBS run */
  bool begun, zero_owed;
} frame;

uint32_t frames_layout(uint8_t *memory, uint32_t ring_bytes, uint32_t window_bytes) {
  ring.ring = memory;
  ring.window_bytes = window_bytes;
  ring.stride = (window_bytes + SLOT_WINDOW + 2u + 3u) & ~3u;
  uint32_t slots = ring_bytes / ring.stride;
  return slots < FRAMES_MOST_SLOTS ? slots : FRAMES_MOST_SLOTS;
}

uint8_t *frames_slot(uint32_t index) {
  return ring.ring + index * ring.stride + SLOT_WINDOW;
}

static void forget_frame(void) {
  frame.begun = false;
  frame.zero_owed = false;
  frame.run = 0;
}

void frames_start(uint32_t first, uint32_t count, uint32_t capacity, bool any_sequence) {
  frames.accepted = 0;
  frames.released = 0;
  frames.fault = FRAME_FINE;
  frames.ended = false;
  frames.flush = false;
  ring.first = first;
  ring.count = count;
  ring.capacity = capacity;
  ring.next_slot = 0;
  ring.expected = 0;
  ring.any_sequence = any_sequence;
  ring.tail_bytes = 0;
  ring.discarding = false;
  ring.empty_frames = 0;
  forget_frame();
}

void frames_tail(uint32_t bytes) {
  ring.tail_bytes = bytes;
}

uint32_t frames_expected(void) {
  return ring.expected;
}

static void begin_frame(void) {
  bool room = frames.accepted - frames.released < ring.capacity;
  frame.begun = true;
  frame.to = room ? frames_slot(ring.first + ring.next_slot) - (SLOT_WINDOW - SLOT_SEQUENCE) : 0;
  frame.length = 0;
  frame.crc = CRC16_INIT;
  frame.sequence = 0;
}

static inline void decoded(uint32_t byte) {
  uint32_t length = frame.length;
  if (length > ring.window_bytes + FRAME_EXTRA) return;
  if (length >= 2) {
    frame.crc = crc16_step(frame.crc, (uint8_t)frame.older);
  } else {
    frame.sequence |= byte << (8 * length);
  }
  frame.older = frame.newest;
  frame.newest = byte;
  if (frame.to != 0 && length < ring.window_bytes + FRAME_EXTRA) frame.to[length] = (uint8_t)byte;
  frame.length = length + 1;
}

static void refuse(enum frame_fault fault) {
  frames.fault = (uint8_t)fault;
  ring.discarding = true;
}

static bool is_tail(void) {
  return ring.tail_bytes != 0 && frame.length == ring.tail_bytes + FRAME_EXTRA && frames.accepted != 0;
}

uint8_t *frames_window(uint32_t position) {
  uint8_t *window = frames_slot(ring.first + position);
  if (!holds_tail[position]) return window;
  uint32_t kept = ring.window_bytes - ring.tail_bytes;
  const uint8_t *before = frames_slot(ring.first + (position == 0 ? ring.count : position) - 1u);
  memmove(window + kept, window, ring.tail_bytes);
  memcpy(window, before + ring.tail_bytes, kept);
  holds_tail[position] = false;
  return window;
}

bool frames_halved(uint32_t position) {
  return came_halved[position];
}

/** Sequence handling of a frame whose CRC is right. */
static void take(void) {
  bool is_flush = frame.length == FRAME_EXTRA;
  uint32_t ahead = (frame.sequence - ring.expected) & 0xffffu;
  if (!ring.any_sequence && ahead != 0) {
    bool sent_before = ahead >= 0x8000u;
    if (!sent_before && !ring.discarding) refuse(FRAME_SEQUENCE);
    return;
  }
  if (is_flush) {
    ring.discarding = false;
    frames.flush = true;
    return;
  }
  if (frame.to == 0) {
    refuse(FRAME_CREDIT);
    return;
  }
  bool tail = is_tail();
  holds_tail[ring.next_slot] = tail;
  came_halved[ring.next_slot] = tail && 2u * ring.tail_bytes == ring.window_bytes;
  ring.discarding = false;
  ring.expected = (ring.expected + 1u) & 0xffffu;
  ring.next_slot = ring.next_slot + 1u == ring.count ? 0 : ring.next_slot + 1u;
  frames.accepted = frames.accepted + 1u;
}

static void end_frame(void) {
  if (!frame.begun) {
    if (++ring.empty_frames >= 2) frames.ended = true;
    return;
  }
  ring.empty_frames = 0;
  bool known = frame.length == ring.window_bytes + FRAME_EXTRA || frame.length == FRAME_EXTRA || is_tail();
  bool whole = frame.run == 0 && known;
  if (!whole) {
    refuse(FRAME_LENGTH);
  } else if (frame.crc != (frame.older | frame.newest << 8)) {
    refuse(FRAME_CRC);
  } else {
    take();
  }
  forget_frame();
}

void frames_receive(uint8_t byte) {
  if (byte == 0) {
    end_frame();
  } else if (frame.run != 0) {
    frame.run--;
    decoded(byte);
  } else {
    if (!frame.begun) begin_frame();
    if (frame.zero_owed) decoded(0);
    frame.run = byte - 1u;
    frame.zero_owed = byte != 0xff;
  }
}
