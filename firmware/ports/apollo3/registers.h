/**
 * Apollo3 Blue registers used by this port: addresses, fields, keys and interrupt numbers as in Ambiq's SVD file and CMSIS header (pack/SVD/apollo3.svd,
 * CMSIS/AmbiqMicro/Include/apollo3.h of sparkfun/AmbiqSuiteSDK, commit e280cbde), trims and orders as in its mcu/apollo3/hal.
 */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* RSTGEN */
#define RSTGEN_CFG 0x40000000u
#define RSTGEN_STAT 0x4ffff000u
enum { RSTGEN_WDREN = 1 << 1, STAT_EXTERNAL = 1 << 0, STAT_POWER_ON = 1 << 1, STAT_BROWN_OUT = 1 << 2, STAT_WATCHDOG = 1 << 6 };

/* CLKGEN */
#define CLKGEN_CLKKEY 0x40004014u
#define CLKGEN_CCTRL 0x40004018u
#define CLKGEN_FREQCTRL 0x40004034u
#define CLKGEN_BLEBUCKTONADJ 0x4000403cu
enum { CLKKEY = 0x47, CCTRL_HALF = 1 << 0, FREQCTRL_BURSTREQ = 1 << 0, FREQCTRL_BURSTACK = 1 << 1, FREQCTRL_BURSTSTATUS = 1 << 2 };
enum { TONADJUSTEN = 1 << 22 };

/* CTIMER: the system timer STIMER */
#define STCFG 0x40008140u
#define STTMR 0x40008144u
#define SCMPR0 0x40008150u
#define STMINTEN 0x40008300u
#define STMINTCLR 0x40008308u
enum { STCFG_HFRC_DIV16 = 1, STCFG_COMPARE_A = 1 << 8, STCFG_CLEAR = 1 << 30, STMINT_COMPARE_A = 1 << 0 };

/* GPIO: four pads a PADREG and an ALTPADCFG register, eight a CFG register */
#define PADREG(pad) (0x40010000u + (pad) / 4u * 4u)
#define GPIO_CFG(pad) (0x40010040u + (pad) / 8u * 4u)
#define GPIO_PADKEY 0x40010060u
#define GPIO_WTA 0x40010088u
enum { PADKEY = 0x73, PAD_PULL = 1 << 0, PAD_INPUT = 1 << 1, PAD_FUNCTION_SHIFT = 3, PAD_GPIO = 3, PAD_UART0 = 0, CFG_PUSH_PULL = 1 << 1 };

/* CACHECTRL */
#define CACHECFG 0x40018000u
#define FLASHCFG 0x40018004u
#define CACHE_CTRL 0x40018008u
enum { CACHE_ENABLE = 1 << 0, CACHE_W1_1024 = 8 << 4, CACHE_INSTRUCTIONS = 1 << 8, CACHE_DATA = 1 << 9, CACHE_CLKGATE = 1 << 10 };
enum { CACHE_DATA_CLKGATE = 1 << 20, CACHE_READY = 1 << 2 };
/* Wait states 1 and address set-up 5 are the SVD's recommendation; low power mode STANDBY and 7 low-power wait states the HAL's. */
enum { FLASHCFG_RECOMMENDED = 1 << 12 | 7 << 8 | 5 << 4 | 1 };

/* UART0 */
#define UART0_DR 0x4001c000u
#define UART0_FR 0x4001c018u
#define UART0_IBRD 0x4001c024u
#define UART0_FBRD 0x4001c028u
#define UART0_LCRH 0x4001c02cu
#define UART0_CR 0x4001c030u
#define UART0_IFLS 0x4001c034u
#define UART0_IER 0x4001c038u
#define UART0_IEC 0x4001c044u
enum { FR_BUSY = 1 << 3, FR_RXFE = 1 << 4, FR_TXFF = 1 << 5, FR_TXFE = 1 << 7, LCRH_8N1_FIFO = 3 << 5 | 1 << 4 };
enum { CR_UARTEN = 1 << 0, CR_CLKEN = 1 << 3, CR_24MHZ = 1 << 4, CR_TXE = 1 << 8, CR_RXE = 1 << 9 };
enum { IFLS_RX_HALF_TX_EIGHTH = 2 << 3, INT_RX = 1 << 4, INT_TX = 1 << 5, INT_TIMEOUT = 1 << 6, INT_ALL = 0x7ff };

/* MCUCTRL */
#define CHIPREV 0x4002000cu
#define FEATUREENABLE 0x40020018u
#define SKU 0x40020014u
#define SIMOBUCK2 0x40020354u
#define SIMOBUCK3 0x40020358u
#define SIMOBUCK4 0x4002035cu
#define BLEBUCK2 0x40020368u
enum { SKU_ALLOWBURST = 1 << 0, FEATURE_BURSTREQ = 1 << 4, FEATURE_BURSTACK = 1 << 5, FEATURE_BURSTAVAIL = 1 << 6 };

/* PWRCTRL */
#define SUPPLYSRC 0x40021000u
#define DEVPWREN 0x40021008u
#define MEMPWDINSLEEP 0x4002100cu
#define MEMPWREN 0x40021010u
#define MEMPWRSTATUS 0x40021014u
#define DEVPWRSTATUS 0x40021018u
#define DEVPWREVENTEN 0x40021028u
enum { SUPPLY_BLEBUCKEN = 1 << 0, DEVPWR_UART0 = 1 << 7, DEVPWRSTATUS_HCPA = 1 << 2 };
enum { MEMORY_ALL = 0x7fff, MEMORY_FLASH = 3 << 13, MEMORY_CACHE = 3 << 30 };
#define EVENT_BURST 0x80000000u
#define SLEEP_CACHE 0x80000000u

/* WDT */
#define WDT_CFG 0x40024000u
#define WDT_RSTRT 0x40024004u
enum { WDT_16HZ = 2 << 24, WDT_RESET_SHIFT = 8, WDT_RESEN = 1 << 2, WDT_WDTEN = 1 << 0, WDT_RESTART = 0xb2 };

/* Cortex-M4 (DDI 0403) */
#define SCB_VTOR 0xe000ed08u
#define SCB_SCR 0xe000ed10u
#define DEMCR 0xe000edfcu
#define DWT_CTRL 0xe0001000u
#define DWT_CYCCNT 0xe0001004u
enum { SCR_SLEEPDEEP = 1 << 2, DEMCR_TRCENA = 1 << 24, DWT_CYCCNTENA = 1 << 0 };
enum { UART0_IRQ = 15, STIMER_CMPR0_IRQ = 23 };
