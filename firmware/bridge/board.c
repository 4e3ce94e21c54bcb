#include "board.h"

#include "clocks.h"
#include "cpu.h"
#include "i2c.h"
#include "pl011.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"

enum { PIN_TX = 0, PIN_RX = 1, PIN_MARKER0 = 2, PIN_MARKER1 = 3, PIN_SDA = 4, PIN_SCL = 5, PIN_ALERT = 6 };
enum { BAUD = 921600, TX_BYTES = 16384, RX_BYTES = 256, EVENTS = 64 };
enum { GPIO_FUNCTION_I2C = 3, RESET_I2C0 = 1 << 3 };
enum { EDGE_LOW = 4, EDGE_HIGH = 8 };

/* RP2040 datasheet 2.19.6: four bits a pin, eight pins a register. */
#define INTR0 0x400140f0u
#define PROC0_INTE0 0x40014100u
#define PROC0_INTS0 0x40014120u
#define IO_IRQ_BANK0 13u

static uint8_t tx_ring[TX_BYTES], rx_ring[RX_BYTES];
static volatile uint32_t tx_head, tx_tail, rx_head, rx_tail;
static struct board_event events[EVENTS];
static volatile uint32_t event_head, event_tail, lost_events;

uint32_t port_micros(void) {
  return REGISTER(TIMER_RAW_LOW);
}

/* ---- UART ---- */

void link_receive(uint8_t byte) {
  uint32_t next = (rx_head + 1) % RX_BYTES;
  if (next == rx_tail) return;
  rx_ring[rx_head] = byte;
  rx_head = next;
}

int link_next_byte(void) {
  if (tx_tail == tx_head) return -1;
  uint8_t byte = tx_ring[tx_tail];
  tx_tail = (tx_tail + 1) % TX_BYTES;
  return byte;
}

void uart_handler(void) {
  pl011_interrupt(UART0);
}

void port_uart_put_polled(uint8_t byte) {
  pl011_put_polled(UART0, byte);
}

int board_take_byte(void) {
  if (rx_tail == rx_head) return -1;
  uint8_t byte = rx_ring[rx_tail];
  rx_tail = (rx_tail + 1) % RX_BYTES;
  return byte;
}

bool board_put(const char *bytes, uint32_t count) {
  uint32_t head = tx_head, room = (tx_tail + TX_BYTES - head - 1) % TX_BYTES;
  if (count > room) return false;
  for (uint32_t i = 0; i < count; i++) tx_ring[(head + i) % TX_BYTES] = (uint8_t)bytes[i];
  tx_head = (head + count) % TX_BYTES;
  pl011_kick(UART0);
  return true;
}

/* ---- pins ---- */

static uint8_t read_markers(void) {
  return REGISTER(SIO_GPIO_IN) >> PIN_MARKER0 & 3u;
}

static void add_event(uint32_t micros, uint8_t markers, bool is_conversion) {
  uint32_t next = (event_head + 1) % EVENTS;
  if (next == event_tail) {
    lost_events = lost_events + 1;
    return;
  }
  events[event_head] = (struct board_event){.micros = micros, .markers = markers, .is_conversion = is_conversion};
  event_head = next;
}

void gpio_handler(void) {
  uint32_t pending = REGISTER(PROC0_INTS0), micros = port_micros();
  uint8_t markers = read_markers();
  REGISTER(INTR0) = pending;
  if ((pending & 0xffu << 4 * PIN_MARKER0) != 0) add_event(micros, markers, false);
  if ((pending & 0xfu << 4 * PIN_ALERT) != 0) add_event(micros, markers, true);
}

bool board_next_event(struct board_event *event) {
  if (event_tail == event_head) return false;
  *event = events[event_tail];
  event_tail = (event_tail + 1) % EVENTS;
  return true;
}

uint32_t board_lost_events(void) {
  return lost_events;
}

void board_clear_events(void) {
  uint32_t mask = cpu_mask_interrupts();
  event_tail = event_head;
  lost_events = 0;
  cpu_restore_interrupts(mask);
}

/* ---- the rest ---- */

static void input(uint32_t pin, uint32_t pad) {
  REGISTER(PAD(pin)) = PAD_INPUT_ENABLE | PAD_SCHMITT | pad;
  REGISTER(GPIO_CTRL(pin)) = GPIO_FUNCTION_SIO;
}

void board_init(void) {
  uint32_t blocks = RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_PLL_SYS | RESET_PLL_USB | RESET_TIMER | RESET_UART0 | RESET_I2C0;
  CLEAR_BITS(RESETS_RESET, blocks);
  while ((REGISTER(RESETS_DONE) & blocks) != blocks) {
  }
  clocks_init();
  input(PIN_MARKER0, 0);
  input(PIN_MARKER1, 0);
  input(PIN_ALERT, PAD_PULL_UP);
  REGISTER(PAD(PIN_SDA)) = PAD_INPUT_ENABLE | PAD_SCHMITT | PAD_PULL_UP;
  REGISTER(PAD(PIN_SCL)) = PAD_INPUT_ENABLE | PAD_SCHMITT | PAD_PULL_UP;
  REGISTER(GPIO_CTRL(PIN_SDA)) = GPIO_FUNCTION_I2C;
  REGISTER(GPIO_CTRL(PIN_SCL)) = GPIO_FUNCTION_I2C;
  REGISTER(GPIO_CTRL(PIN_TX)) = GPIO_FUNCTION_UART;
  REGISTER(GPIO_CTRL(PIN_RX)) = GPIO_FUNCTION_UART;
  (void)pl011_init(UART0, clocks_uart(true), BAUD);
  i2c_init();
  REGISTER(INTR0) = 0xffffffffu;
  REGISTER(PROC0_INTE0) =
      (uint32_t)(EDGE_LOW | EDGE_HIGH) << 4 * PIN_MARKER0 | (uint32_t)(EDGE_LOW | EDGE_HIGH) << 4 * PIN_MARKER1 | (uint32_t)EDGE_LOW << 4 * PIN_ALERT;
  cpu_enable_irq(IO_IRQ_BANK0);
  cpu_enable_irq(UART0_IRQ);
  cpu_enable_interrupts();
}

void board_wait(void) {
  uint32_t mask = cpu_mask_interrupts();
  if (event_tail == event_head && rx_tail == rx_head) cpu_wait_for_interrupt();
  cpu_restore_interrupts(mask);
}

_Noreturn void port_restart(void) {
  SET_BITS(PSM_WDSEL, PSM_ALL_BUT_OSCILLATORS);
  SET_BITS(WATCHDOG_CTRL, WATCHDOG_TRIGGER);
  for (;;) {
  }
}
