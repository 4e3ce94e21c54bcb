/** Vector table, reset and fault handlers, shared by all Cortex-M ports. The port lists its interrupts in port_config.h. */
#include "port.h"
#include "port_config.h"

int main(void);

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[], __stack_top[];

typedef void (*vector)(void);

/* A port that is not started by the reset vector alone gives an entry of its own, which ends in reset_handler. */
#ifndef PORT_RESET
#define PORT_RESET reset_handler
#endif

_Noreturn void reset_handler(void);
_Noreturn void fault_handler(void);
void systick_handler(void);

/** Reset: copies initialised data, clears the rest, runs main. */
_Noreturn void reset_handler(void) {
  const uint32_t *from = __data_load;
  for (uint32_t *to = __data_start; to < __data_end; to++) *to = *from++;
  for (uint32_t *to = __bss_start; to < __bss_end; to++) *to = 0;
  main();
  port_restart();
}

static void put_text(const char *text) {
  while (*text != '\0') port_uart_put_polled((uint8_t)*text++);
}

/** Says where the fault happened, `e-[fault,<pc>]`, and restarts: the boot banner then tells the host. */
__attribute__((used)) static _Noreturn void report_fault(const uint32_t *frame) {
  uint32_t pc = frame[6];
  put_text("\r\ne-[fault,");
  for (int shift = 28; shift >= 0; shift -= 4) port_uart_put_polled((uint8_t)"0123456789abcdef"[(pc >> shift) & 15u]);
  put_text("]\r\n");
  port_restart();
}

__attribute__((naked)) _Noreturn void fault_handler(void) {
  __asm volatile("mrs r0, msp\n"
           "ldr r1, =report_fault\n"
           "bx r1\n"
           ".ltorg\n");
}

__attribute__((weak)) void systick_handler(void) {
  port_restart();
}

__attribute__((weak)) const char *port_reset_reason(void) {
  return 0;
}

__attribute__((weak)) void port_progress(void) {
}

__attribute__((weak)) void port_rest(void) {
  port_sleep();
}

__attribute__((section(".vectors"), used)) static const vector vectors[] = {
  (vector)__stack_top, PORT_RESET, fault_handler, fault_handler, fault_handler, fault_handler,
  fault_handler,       0,             0,             0,             0,             fault_handler,
  fault_handler,       0,             fault_handler, systick_handler,
  PORT_INTERRUPTS
};
