/**
 * NUCLEO-L4R5ZI-P: LPUART1 on PG7/PG8 (the ST-LINK's virtual port), sent by DMA, markers on PF13 (bit 0) and PF14 (bit 1), time stamp on PF15,
 * energy strap PF12 (to ground).
 */
#include "clocks.h"
#include "cpu.h"
#include "port.h"
#include "port_config.h"
#include "registers.h"
#include "timer_count.h"

enum { PIN_TX = 7, PIN_RX = 8, PIN_STRAP = 12, PIN_MARKER0 = 13, PIN_MARKER1 = 14, PIN_TIMESTAMP = 15 };
enum { MARKER_MASK = 3u << PIN_MARKER0, RESET_HALF = 16, STRAP_SETTLE_US = 10 };
enum { FIRST_BAUD = 115200, HSI16_HZ = 16000000, START_HZ = 4000000, BRR_MIN = 0x300, BRR_MAX = 0xfffff };
enum { TRANSMIT_BYTES = 64 };
enum { FLASH_START = 0x08000000, FLASH_BYTES = 2 * 1024 * 1024, RAM_BYTES = 640 * 1024 };

_Static_assert(LPUART1_IRQ < 96 && PIN_MARKER1 == PIN_MARKER0 + 1, "one store drives both markers");

const struct port_facts port_facts = {
    .board = "stm32l4r5",
    .flash_bytes = FLASH_BYTES,
    .ram_bytes = RAM_BYTES,
    .blob_address = PORT_BLOB_ADDRESS,
    .blob_max_bytes = FLASH_START + FLASH_BYTES - PORT_BLOB_ADDRESS,
    .cycle_counter = true,
};

static void set_field(uint32_t address, uint32_t shift, uint32_t mask, uint32_t value) {
  REGISTER(address) = (REGISTER(address) & ~(mask << shift)) | value << shift;
}

static void pin_mode(uint32_t port, uint32_t pin, uint32_t mode) {
  set_field(GPIO_MODER(port), 2 * pin, 3, mode);
}

static void init_pins(void) {
  REGISTER(RCC_AHB2ENR) |= AHB2ENR_GPIOF | AHB2ENR_GPIOG;
  REGISTER(PWR_CR2) |= CR2_IOSV; /* PG2 to PG15 are fed by VDDIO2 */
  REGISTER(GPIO_BSRR(PORT_F)) = MARKER_MASK << RESET_HALF | 1u << PIN_TIMESTAMP;
  for (uint32_t pin = PIN_MARKER0; pin <= PIN_TIMESTAMP; pin++) {
    set_field(GPIO_OSPEEDR(PORT_F), 2 * pin, 3, 1);
    pin_mode(PORT_F, pin, MODE_OUTPUT);
  }
  set_field(GPIO_PUPDR(PORT_F), 2 * PIN_STRAP, 3, 1);
  pin_mode(PORT_F, PIN_STRAP, 0);
  set_field(GPIO_AFRL(PORT_G), 4 * PIN_TX, 15, AF_LPUART1);
  set_field(GPIO_AFRH(PORT_G), 4 * (PIN_RX - 8), 15, AF_LPUART1);
  pin_mode(PORT_G, PIN_TX, MODE_ALTERNATE);
  pin_mode(PORT_G, PIN_RX, MODE_ALTERNATE);
}

void port_init(void) {
  REGISTER(RCC_APB1ENR1) |= APB1ENR1_PWR;
  REGISTER(RCC_AHB1ENR) |= AHB1ENR_DMA1 | AHB1ENR_DMAMUX1;
  clocks_init();
  /* HSI16 feeds the UART alone: its rate does not follow the level, and it wakes the core from Stop 2. */
  REGISTER(RCC_CR) |= CR_HSION | CR_HSIKERON;
  while ((REGISTER(RCC_CR) & CR_HSIRDY) == 0) {
  }
  REGISTER(RCC_CCIPR) |= CCIPR_LPUART1_HSI16;
  REGISTER(RCC_APB1ENR2) |= APB1ENR2_LPUART1;
  init_pins();
  timer_init(START_HZ);
  (void)port_uart_baud(FIRST_BAUD);
  REGISTER(EXTI_IMR1) |= EXTI_LINE31;
  REGISTER(NVIC_ISER(LPUART1_IRQ)) = 1u << LPUART1_IRQ % 32u;
  REGISTER(DMAMUX_CCR) = DMAMUX_LPUART1_TX;
  REGISTER(DMA_CPAR) = LPUART_TDR;
  REGISTER(NVIC_ISER(DMA1_CHANNEL1_IRQ)) = 1u << DMA1_CHANNEL1_IRQ;
}

bool port_energy_strap(void) {
  uint32_t start = port_micros();
  while (port_micros() - start < STRAP_SETTLE_US) {
  }
  return (REGISTER(GPIO_IDR(PORT_F)) & 1u << PIN_STRAP) == 0;
}

/* ---- UART ---- */

bool port_uart_baud(uint32_t baud) {
  if (baud == 0 || baud > HSI16_HZ / 3u) return false;
  uint32_t divisor = (uint32_t)((256ull * HSI16_HZ + baud / 2u) / baud);
  if (divisor < BRR_MIN || divisor > BRR_MAX) return false;
  while ((REGISTER(LPUART_CR1) & UART_UE) != 0 && !port_uart_idle()) {
  }
  REGISTER(LPUART_CR1) = 0;
  REGISTER(LPUART_BRR) = divisor;
  REGISTER(LPUART_CR3) = UART_WUS_RXNE | UART_DMAT;
  REGISTER(LPUART_CR1) = UART_FIFOEN | UART_RXNEIE | UART_TE | UART_RE | UART_UESM;
  REGISTER(LPUART_CR1) |= UART_UE;
  return true;
}

static uint8_t transmit[TRANSMIT_BYTES];
static volatile bool transmitting;

/** Gives the DMA what the core has, if it is idle. Interrupts masked. */
static void fill(void) {
  if (transmitting) return;
  uint32_t count = 0;
  for (int byte; count < TRANSMIT_BYTES && (byte = link_next_byte()) >= 0; count++) transmit[count] = (uint8_t)byte;
  if (count == 0) return;
  transmitting = true;
  REGISTER(DMA_CCR) = 0; /* count and address change only while the channel is off */
  REGISTER(DMA_CMAR) = (uint32_t)(uintptr_t)transmit;
  REGISTER(DMA_CNDTR) = count;
  REGISTER(DMA_CCR) = DMA_FROM_MEMORY | DMA_MINC | DMA_TCIE | DMA_EN;
}

void dma_handler(void) {
  REGISTER(DMA_IFCR) = DMA_CGIF1;
  transmitting = false;
  fill();
}

void port_uart_kick(void) {
  uint32_t mask = cpu_mask_interrupts();
  fill();
  cpu_restore_interrupts(mask);
}

bool port_uart_idle(void) {
  return !transmitting && (REGISTER(LPUART_ISR) & UART_TC) != 0;
}

void port_uart_put_polled(uint8_t byte) {
  REGISTER(DMA_CCR) = 0;
  while ((REGISTER(LPUART_ISR) & UART_TXE) == 0) {
  }
  REGISTER(LPUART_TDR) = byte;
}

void uart_handler(void) {
  REGISTER(LPUART_ICR) = UART_ERRORS;
  while ((REGISTER(LPUART_ISR) & UART_RXNE) != 0) link_receive((uint8_t)REGISTER(LPUART_RDR));
}

/* ---- pins ---- */

void port_marker(enum marker state) {
  uint32_t set = (uint32_t)state << PIN_MARKER0;
  REGISTER(GPIO_BSRR(PORT_F)) = (MARKER_MASK & ~set) << RESET_HALF | set;
}

void port_timestamp_line(bool high) {
  REGISTER(GPIO_BSRR(PORT_F)) = 1u << (high ? PIN_TIMESTAMP : PIN_TIMESTAMP + RESET_HALF);
}

/* ---- cycle counter ---- */

void port_cycles_start(void) {
  REGISTER(DEMCR) |= DEMCR_TRCENA;
  REGISTER(DWT_CYCCNT) = 0;
  REGISTER(DWT_CTRL) |= DWT_CYCCNTENA;
}

uint32_t port_cycles_read(void) {
  return REGISTER(DWT_CYCCNT);
}

void port_cycles_stop(void) {
  REGISTER(DWT_CTRL) &= ~(uint32_t)DWT_CYCCNTENA;
}

/* ---- restart ---- */

/** The ST-LINK on the board flashes it; the ROM's boot loader is not entered by software. */
void port_bootloader(void) {
}

_Noreturn void port_restart(void) {
  cpu_request_reset();
  for (;;) cpu_wait_for_interrupt();
}
