#include "usb.h"

#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "usb_descriptors.h"

/*
 * Device mode of the RP2040's USB controller (datasheet 4.1): packets lie in its dual-port RAM, each endpoint has a
 * control and a buffer control word there. The hardware answers NAK by itself, so an idle bus costs no interrupt.
 */

enum { NOTIFY_BUFFER = 0x180, IN_BUFFER = 0x1c0, OUT_BUFFER = 0x200, EP0_BUFFER = 0x100 };
enum { EP_ENABLE_SHIFT = 31, EP_INTERRUPT = 1u << 29, EP_BULK = 2u << 26, EP_INTERRUPT_TYPE = 3u << 26 };
enum {
  BUFFER_LENGTH = 0x3ff, BUFFER_AVAILABLE = 1u << 10, BUFFER_STALL = 1u << 11, BUFFER_DATA1 = 1u << 13,
  BUFFER_FULL = 1u << 15,
};
enum { GET_STATUS = 0, CLEAR_FEATURE = 1, SET_ADDRESS = 5, GET_DESCRIPTOR = 6, GET_CONFIGURATION = 8,
       SET_CONFIGURATION = 9, GET_INTERFACE = 10, SET_INTERFACE = 11 };
enum { SET_LINE_CODING = 0x20, GET_LINE_CODING = 0x21, SET_CONTROL_LINE_STATE = 0x22, SEND_BREAK = 0x23 };
enum { TYPE_MASK = 0x60, TYPE_STANDARD = 0x00, TYPE_CLASS = 0x20, TO_HOST = 0x80, LINE_CODING_BYTES = 7, DTR = 1 };

struct setup {
  uint8_t type, request;
  uint16_t value, index, length;
};

static uint8_t response[96]; /* what a control read still sends */
static uint32_t response_at, response_bytes;
static uint32_t ep0_data1;
static bool reads, takes_coding, address_due;
static uint8_t address, configuration;
static uint8_t line_coding[LINE_CODING_BYTES] = {0x00, 0xc2, 0x01, 0x00, 0, 0, 8}; /* 115200 8N1; kept, not used */
static volatile bool opened, sending;
static bool packet_was_full;
static uint32_t in_data1, out_data1;

static volatile uint8_t *packet(uint32_t offset) {
  return (volatile uint8_t *)(USB_RAM + offset);
}

/** Hands a buffer to the controller: AVAILABLE follows when the other bits have crossed into its clock (4.1.2.5.1). */
static void hand_over(uint32_t control, uint32_t bits) {
  REGISTER(control) = bits;
  __asm volatile("b 1f\n1: b 1f\n1: b 1f\n1: b 1f\n1: b 1f\n1: b 1f\n1:");
  REGISTER(control) = bits | BUFFER_AVAILABLE;
}

/* ---- data ---- */

static void receive_next(void) {
  hand_over(USB_OUT_CONTROL(EP_DATA), PACKET_BYTES | out_data1);
  out_data1 ^= BUFFER_DATA1;
}

static void send_next(void) {
  uint32_t count = 0;
  while (count < PACKET_BYTES) {
    int byte = link_next_byte();
    if (byte < 0) break;
    packet(IN_BUFFER)[count++] = (uint8_t)byte;
  }
  /* A transfer ends with a packet that is not full: an empty one, if need be. */
  sending = count > 0 || packet_was_full;
  packet_was_full = count == PACKET_BYTES;
  if (!sending) return;
  hand_over(USB_IN_CONTROL(EP_DATA), count | BUFFER_FULL | in_data1);
  in_data1 ^= BUFFER_DATA1;
}

bool usb_is_line(void) {
  return opened;
}

void usb_kick(void) {
  uint32_t mask = cpu_mask_interrupts();
  if (!sending) send_next();
  cpu_restore_interrupts(mask);
}

bool usb_idle(void) {
  return !sending;
}

/* ---- control pipe ---- */

static void send_response(void) {
  uint32_t count = response_bytes - response_at;
  if (count > PACKET_BYTES) count = PACKET_BYTES;
  for (uint32_t i = 0; i < count; i++) packet(EP0_BUFFER)[i] = response[response_at + i];
  response_at += count;
  hand_over(USB_IN_CONTROL(0), count | BUFFER_FULL | ep0_data1);
  ep0_data1 ^= BUFFER_DATA1;
}

static void receive_control(uint32_t bytes) {
  hand_over(USB_OUT_CONTROL(0), bytes | BUFFER_DATA1);
}

static void acknowledge(void) {
  response_at = response_bytes = 0;
  send_response();
}

static void answer(const uint8_t *bytes, uint32_t count, const struct setup *setup) {
  reads = true;
  response_at = 0;
  response_bytes = count < setup->length ? count : setup->length;
  for (uint32_t i = 0; i < response_bytes; i++) response[i] = bytes[i];
  send_response();
}

static void stall(void) {
  REGISTER(USB_STALL_ARM) = 3;
  REGISTER(USB_IN_CONTROL(0)) = BUFFER_STALL;
  REGISTER(USB_OUT_CONTROL(0)) = BUFFER_STALL;
}

static void answer_string(uint32_t index, const struct setup *setup) {
  const char *text = string_descriptors[index];
  uint8_t bytes[2 + 2 * 20] = {2, DESCRIPTOR_STRING};
  if (index == 0) {
    bytes[2] = (uint8_t)text[0];
    bytes[3] = (uint8_t)text[1];
    bytes[0] = 4;
  } else {
    for (uint32_t i = 0; text[i] != 0; i++, bytes[0] += 2) bytes[2 + 2 * i] = (uint8_t)text[i];
  }
  answer(bytes, bytes[0], setup);
}

static void answer_descriptor(const struct setup *setup) {
  uint32_t kind = setup->value >> 8, index = setup->value & 0xffu;
  if (kind == DESCRIPTOR_DEVICE) answer(device_descriptor, sizeof device_descriptor, setup);
  else if (kind == DESCRIPTOR_CONFIGURATION) answer(configuration_descriptor, CONFIGURATION_BYTES, setup);
  else if (kind == DESCRIPTOR_STRING && index < STRINGS) answer_string(index, setup);
  else stall();
}

static void configure(void) {
  uint32_t enable = 1u << EP_ENABLE_SHIFT;
  REGISTER(USB_EP_IN(EP_NOTIFY)) = enable | EP_INTERRUPT | EP_INTERRUPT_TYPE | NOTIFY_BUFFER;
  REGISTER(USB_EP_IN(EP_DATA)) = enable | EP_INTERRUPT | EP_BULK | IN_BUFFER;
  REGISTER(USB_EP_OUT(EP_DATA)) = enable | EP_INTERRUPT | EP_BULK | OUT_BUFFER;
  in_data1 = out_data1 = 0;
  sending = packet_was_full = false;
  receive_next();
}

static void standard_request(const struct setup *setup) {
  static const uint8_t zeros[2];
  switch (setup->request) {
    case GET_STATUS: answer(zeros, 2, setup); return;
    case GET_INTERFACE: answer(zeros, 1, setup); return;
    case GET_DESCRIPTOR: answer_descriptor(setup); return;
    case GET_CONFIGURATION: answer(&configuration, 1, setup); return;
    case SET_ADDRESS:
      address = setup->value & 0x7fu;
      address_due = true;
      break;
    case SET_CONFIGURATION:
      configuration = (uint8_t)setup->value;
      opened = false;
      if (configuration != 0) configure();
      break;
    case CLEAR_FEATURE: case SET_INTERFACE: break;
    default: stall(); return;
  }
  acknowledge();
}

static void class_request(const struct setup *setup) {
  switch (setup->request) {
    case GET_LINE_CODING: answer(line_coding, LINE_CODING_BYTES, setup); return;
    case SET_LINE_CODING:
      takes_coding = true;
      receive_control(PACKET_BYTES);
      return;
    case SET_CONTROL_LINE_STATE: opened = (setup->value & DTR) != 0; break;
    case SEND_BREAK: break;
    default: stall(); return;
  }
  acknowledge();
  port_uart_kick(); /* whichever is the line now goes on with what waits */
}

static void handle_setup(void) {
  uint32_t low = REGISTER(USB_RAM), high = REGISTER(USB_RAM + 4);
  struct setup setup = {(uint8_t)low, (uint8_t)(low >> 8), (uint16_t)(low >> 16), (uint16_t)high, (uint16_t)(high >> 16)};
  REGISTER(USB_SIE_STATUS) = USB_SIE_SETUP;
  ep0_data1 = BUFFER_DATA1;
  reads = takes_coding = false;
  if ((setup.type & TYPE_MASK) == TYPE_STANDARD) standard_request(&setup);
  else if ((setup.type & TYPE_MASK) == TYPE_CLASS) class_request(&setup);
  else stall();
}

/** A packet of the control pipe has gone to the host. */
static void control_sent(void) {
  if (address_due) {
    REGISTER(USB_ADDRESS) = address;
    address_due = false;
  } else if (response_at < response_bytes) {
    send_response();
  } else if (reads) {
    reads = false;
    receive_control(0);
  }
}

static void control_received(void) {
  if (!takes_coding) return;
  takes_coding = false;
  for (uint32_t i = 0; i < LINE_CODING_BYTES; i++) line_coding[i] = packet(EP0_BUFFER)[i];
  acknowledge();
}

/* ---- bus ---- */

static void handle_buffers(void) {
  uint32_t done = REGISTER(USB_BUFF_STATUS);
  REGISTER(USB_BUFF_STATUS) = done;
  if ((done & USB_IN_DONE(0)) != 0) control_sent();
  if ((done & USB_OUT_DONE(0)) != 0) control_received();
  if ((done & USB_OUT_DONE(EP_DATA)) != 0) {
    uint32_t count = REGISTER(USB_OUT_CONTROL(EP_DATA)) & BUFFER_LENGTH;
    for (uint32_t i = 0; i < count; i++) link_receive(packet(OUT_BUFFER)[i]);
    receive_next();
  }
  if ((done & USB_IN_DONE(EP_DATA)) != 0) {
    sending = false;
    if (opened) send_next();
  }
}

static void handle_bus_reset(void) {
  REGISTER(USB_ADDRESS) = 0;
  configuration = 0;
  opened = sending = address_due = reads = takes_coding = false;
  REGISTER(USB_SIE_STATUS) = USB_SIE_BUS_RESET;
  port_uart_kick();
}

void usb_handler(void) {
  uint32_t pending = REGISTER(USB_INTS);
  if ((pending & USB_INT_BUS_RESET) != 0) handle_bus_reset();
  if ((pending & USB_INT_SUSPEND) != 0) {
    opened = false; /* a packet that was handed over stays there for after the resume */
    REGISTER(USB_SIE_STATUS) = USB_SIE_SUSPENDED;
    port_uart_kick();
  }
  if ((pending & USB_INT_BUFFERS) != 0) handle_buffers();
  if ((pending & USB_INT_SETUP) != 0) handle_setup();
}

void usb_start(void) {
  for (uint32_t at = 0; at < EP0_BUFFER; at += 4) REGISTER(USB_RAM + at) = 0;
  REGISTER(USB_MUXING) = USB_TO_PHY | USB_SOFTCON;
  REGISTER(USB_POWER) = USB_VBUS_DETECT | USB_VBUS_OVERRIDE;
  REGISTER(USB_INTE) = USB_INT_BUFFERS | USB_INT_BUS_RESET | USB_INT_SETUP | USB_INT_SUSPEND;
  cpu_enable_irq(USB_IRQ);
  REGISTER(USB_MAIN_CTRL) = 1;
  REGISTER(USB_SIE_CTRL) = USB_EP0_INTERRUPT | USB_PULLUP;
}
