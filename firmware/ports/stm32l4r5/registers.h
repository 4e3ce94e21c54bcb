/**
 * STM32L4R5 registers used by this port. Base addresses, register offsets, clock enables and interrupt numbers compared with ST's CMSIS header
 * stm32l4r5xx.h, and so are the fields of RCC, PWR, TIM, USART and DMAMUX; fields of FLASH_ACR, LPTIM
 * and DMA channels with headers of other chips of the series and its kin, which agree with each other.
 */
#pragma once

#include <stdint.h>

/* A test gives its own: firmware/port-model. */
#ifndef REGISTER
#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#endif

/* RCC */
#define RCC_BASE 0x40021000u
#define RCC_CR (RCC_BASE + 0x00u)
#define RCC_CFGR (RCC_BASE + 0x08u)
#define RCC_PLLCFGR (RCC_BASE + 0x0cu)
#define RCC_AHB1ENR (RCC_BASE + 0x48u)
#define RCC_AHB2ENR (RCC_BASE + 0x4cu)
#define RCC_APB1ENR1 (RCC_BASE + 0x58u)
#define RCC_APB1ENR2 (RCC_BASE + 0x5cu)
#define RCC_CCIPR (RCC_BASE + 0x88u)
#define RCC_CSR (RCC_BASE + 0x94u)
enum { CR_MSIRDY = 1 << 1, CR_MSIRGSEL = 1 << 3, CR_MSIRANGE_SHIFT = 4, CR_HSION = 1 << 8, CR_HSIKERON = 1 << 9, CR_HSIRDY = 1 << 10 };
enum { CR_PLLON = 1 << 24, CR_PLLRDY = 1 << 25 };
enum { CFGR_SW_MSI = 0, CFGR_SW_PLL = 3, CFGR_SW_MASK = 3, CFGR_SWS_SHIFT = 2, CFGR_HPRE_MASK = 15 << 4, CFGR_HPRE_HALF = 8 << 4 };
enum { PLLCFGR_SRC_MSI = 1, PLLCFGR_M_SHIFT = 4, PLLCFGR_N_SHIFT = 8, PLLCFGR_REN = 1 << 24, PLLCFGR_R_SHIFT = 25 };
enum { AHB1ENR_DMA1 = 1 << 0, AHB1ENR_DMAMUX1 = 1 << 2 };
enum { AHB2ENR_GPIOF = 1 << 5, AHB2ENR_GPIOG = 1 << 6 };
enum { APB1ENR1_TIM2 = 1 << 0, APB1ENR1_PWR = 1 << 28, APB1ENR2_LPUART1 = 1 << 0 };
#define APB1ENR1_LPTIM1 0x80000000u
enum { CCIPR_LPUART1_HSI16 = 2 << 10, CCIPR_LPTIM1_LSI = 1 << 18, CSR_LSION = 1 << 0, CSR_LSIRDY = 1 << 1 };

/* PWR */
#define PWR_BASE 0x40007000u
#define PWR_CR1 (PWR_BASE + 0x00u)
#define PWR_CR2 (PWR_BASE + 0x04u)
#define PWR_SR2 (PWR_BASE + 0x14u)
#define PWR_CR5 (PWR_BASE + 0x80u)
enum { CR1_LPMS_MASK = 7, CR1_LPMS_STOP2 = 2, CR1_RRSTP = 1 << 4, CR1_VOS_SHIFT = 9, CR1_VOS_MASK = 3 << 9, CR2_IOSV = 1 << 9, SR2_VOSF = 1 << 10, CR5_R1MODE = 1 << 8 };

/* FLASH */
#define FLASH_ACR 0x40022000u
enum { ACR_LATENCY_MASK = 15, ACR_PRFTEN = 1 << 8, ACR_ICEN = 1 << 9, ACR_DCEN = 1 << 10 };

/* GPIO */
#define GPIO_BASE(port) (0x48000000u + 0x400u * (port))
#define GPIO_MODER(port) (GPIO_BASE(port) + 0x00u)
#define GPIO_OSPEEDR(port) (GPIO_BASE(port) + 0x08u)
#define GPIO_PUPDR(port) (GPIO_BASE(port) + 0x0cu)
#define GPIO_IDR(port) (GPIO_BASE(port) + 0x10u)
#define GPIO_ODR(port) (GPIO_BASE(port) + 0x14u)
#define GPIO_BSRR(port) (GPIO_BASE(port) + 0x18u)
#define GPIO_AFRL(port) (GPIO_BASE(port) + 0x20u)
#define GPIO_AFRH(port) (GPIO_BASE(port) + 0x24u)
enum { PORT_F = 5, PORT_G = 6 };
enum { MODE_OUTPUT = 1, MODE_ALTERNATE = 2, AF_LPUART1 = 8 };

/* LPUART1 */
#define LPUART1_BASE 0x40008000u
#define LPUART_CR1 (LPUART1_BASE + 0x00u)
#define LPUART_CR3 (LPUART1_BASE + 0x08u)
#define LPUART_BRR (LPUART1_BASE + 0x0cu)
#define LPUART_ISR (LPUART1_BASE + 0x1cu)
#define LPUART_ICR (LPUART1_BASE + 0x20u)
#define LPUART_RDR (LPUART1_BASE + 0x24u)
#define LPUART_TDR (LPUART1_BASE + 0x28u)
enum { UART_UE = 1 << 0, UART_UESM = 1 << 1, UART_RE = 1 << 2, UART_TE = 1 << 3, UART_RXNEIE = 1 << 5, UART_FIFOEN = 1 << 29 };
enum { UART_DMAT = 1 << 7, UART_WUS_RXNE = 3 << 20, UART_RXNE = 1 << 5, UART_TC = 1 << 6, UART_TXE = 1 << 7, UART_ERRORS = 0x0f };

/* DMA1 channel 1, fed by DMAMUX1 channel 0: request 35 is LPUART1_TX on the STM32L4R (ST stm32l4xx_ll_dmamux.h, devices without ADC2) */
#define DMA_BASE 0x40020000u
#define DMA_IFCR (DMA_BASE + 0x04u)
#define DMA_CCR (DMA_BASE + 0x08u)
#define DMA_CNDTR (DMA_BASE + 0x0cu)
#define DMA_CPAR (DMA_BASE + 0x10u)
#define DMA_CMAR (DMA_BASE + 0x14u)
#define DMAMUX_CCR 0x40020800u
enum { DMA_EN = 1 << 0, DMA_TCIE = 1 << 1, DMA_FROM_MEMORY = 1 << 4, DMA_MINC = 1 << 7, DMA_CGIF1 = 1 << 0, DMAMUX_LPUART1_TX = 35 };

/* TIM2: 32 bits */
#define TIM2_BASE 0x40000000u
#define TIM_CR1 (TIM2_BASE + 0x00u)
#define TIM_DIER (TIM2_BASE + 0x0cu)
#define TIM_SR (TIM2_BASE + 0x10u)
#define TIM_EGR (TIM2_BASE + 0x14u)
#define TIM_CNT (TIM2_BASE + 0x24u)
#define TIM_PSC (TIM2_BASE + 0x28u)
#define TIM_ARR (TIM2_BASE + 0x2cu)
#define TIM_CCR1 (TIM2_BASE + 0x34u)
enum { TIM_CEN = 1 << 0, TIM_UG = 1 << 0, TIM_CC1 = 1 << 1 };

/* LPTIM1 */
#define LPTIM1_BASE 0x40007c00u
#define LPTIM_ISR (LPTIM1_BASE + 0x00u)
#define LPTIM_ICR (LPTIM1_BASE + 0x04u)
#define LPTIM_IER (LPTIM1_BASE + 0x08u)
#define LPTIM_CFGR (LPTIM1_BASE + 0x0cu)
#define LPTIM_CR (LPTIM1_BASE + 0x10u)
#define LPTIM_ARR (LPTIM1_BASE + 0x18u)
enum { LPTIM_ARRM = 1 << 1, LPTIM_ARROK = 1 << 4, LPTIM_ALL_FLAGS = 0x7f, LPTIM_ENABLE = 1 << 0, LPTIM_SINGLE = 1 << 1, LPTIM_MAX = 0xffff };

/* EXTI: LPUART1 wakes by line 31, LPTIM1 by line 32 */
#define EXTI_IMR1 0x40010400u
#define EXTI_IMR2 0x40010420u
#define EXTI_LINE31 0x80000000u
enum { EXTI_LINE32 = 1 << 0 };

/* Cortex-M4 (DDI 0403): NVIC, SCR, DEMCR, DWT */
#define NVIC_ISER(number) (0xe000e100u + 4u * ((number) / 32u))
#define SCB_SCR 0xe000ed10u
#define DEMCR 0xe000edfcu
#define DWT_CTRL 0xe0001000u
#define DWT_CYCCNT 0xe0001004u
enum { SCR_SLEEPDEEP = 1 << 2, DEMCR_TRCENA = 1 << 24, DWT_CYCCNTENA = 1 << 0 };
enum { DMA1_CHANNEL1_IRQ = 11, TIM2_IRQ = 28, LPTIM1_IRQ = 65, LPUART1_IRQ = 70 };
