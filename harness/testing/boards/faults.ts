/** A mistake that somebody may make in a port, put into `firmware/test/stranger/board.c`. */
export interface PortFault {
  name: string;
  from: string;
  to: string;
  /** The check that must find it; others may too. */
  check: string;
}

const wholeMarker = '  doorbell_ring(DOORBELL_MARKERS + (uint32_t)state);\n';

export const portFaults: readonly PortFault[] = [
  {
    name: 'wrong divider',
    from: '| sysdiv << SYSDIV_SHIFT | RCC2_USE',
    to: '| (sysdiv + 1) << SYSDIV_SHIFT | RCC2_USE',
    check: 'levels',
  },
  {
    name: 'level that is told, not read back',
    from: '  level->words[0] = (REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK;\n  level->words[1] = REGISTER(LDOPCTL) & 63;',
    to: '  level->words[0] = (REGISTER(RCC2) >> SYSDIV_SHIFT) & SYSDIV_MASK;\n  level->words[1] = 0;',
    check: 'levels',
  },
  {
    name: 'swapped markers',
    from: wholeMarker,
    to: '  doorbell_ring(DOORBELL_MARKERS + (((uint32_t)state >> 1) | ((uint32_t)state & 1) << 1));\n',
    check: 'markers',
  },
  {
    name: 'marker after the work',
    from: wholeMarker,
    to: '  static uint32_t late;\n  doorbell_ring(DOORBELL_MARKERS + late);\n  late = (uint32_t)state;\n',
    check: 'markers',
  },
  {
    name: 'byte lost at wake-up',
    from: '  cpu_wait_for_interrupt();\n}\n\n/** Guarantees: at least',
    to: '  cpu_wait_for_interrupt();\n  if ((REGISTER(UART0 + 0x18) & RECEIVER_EMPTY) == 0) (void)REGISTER(UART0);\n}\n\n/** Guarantees: at least',
    check: 'wake',
  },
  {
    name: '16-bit time',
    from: 'return systick_time_micros() + announced;',
    to: 'return (uint16_t)(systick_time_micros() + announced);',
    check: 'time',
  },
  {
    name: 'time that does not follow the level',
    from: '  systick_time_clock(PLL_HERTZ / (sysdiv + 1));\n',
    to: '',
    check: 'time',
  },
  {
    name: 'stale reset reason',
    from: 'const char *port_reset_reason(void) {\n  return 0;',
    to: 'const char *port_reset_reason(void) {\n  return "watchdog";',
    check: 'restart',
  },
  {
    name: 'no sleep',
    from: '  cpu_wait_for_interrupt();\n}\n\n/** Guarantees: at least',
    to: '}\n\n/** Guarantees: at least',
    check: 'sleep',
  },
  {
    name: 'idle half as long',
    from: '  doorbell_elapse(microseconds);\n  announced += microseconds;',
    to: '  doorbell_elapse(microseconds / 2);\n  announced += microseconds;',
    check: 'idle',
  },
  {
    name: 'any baud rate is fine',
    from: '  if (!pl011_init(UART0, core_hertz(), baud)) return false;\n',
    to: '  (void)pl011_init(UART0, core_hertz(), baud);\n',
    check: 'baud',
  },
  {
    name: 'cycle counter that does not count',
    from: '.cycle_counter = false,',
    to: '.cycle_counter = true,',
    check: 'cycles',
  },
  {
    name: 'a byte dropped now and then',
    from: '  pl011_interrupt(UART0);\n',
    to: '  static uint32_t interrupts;\n  if (++interrupts % 5 == 0 && (REGISTER(UART0 + 0x18) & RECEIVER_EMPTY) == 0) (void)REGISTER(UART0);\n  pl011_interrupt(UART0);\n',
    check: 'overrun',
  },
  {
    name: 'handler with a large array',
    from: '  pl011_interrupt(UART0);\n',
    to: '  volatile uint8_t large[10900];\n  for (uint32_t i = 0; i < sizeof large; i++) large[i] = 0;\n  pl011_interrupt(UART0);\n',
    check: 'stack',
  },
];
