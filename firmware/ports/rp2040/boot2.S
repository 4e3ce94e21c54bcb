/*
 * Second-stage boot loader: the boot ROM copies these 252 bytes to SRAM, checks the CRC behind them and calls them.
 * Configures the SSI for execution in place with the standard serial read 03h, which every flash chip knows
 * (RP2040 datasheet 4.10.11 and 4.10.13), and starts the image whose vector table follows at 0x10000100.
 */
  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .equ SSI_BASE, 0x18000000
  .equ SSI_CTRLR0, 0x00
  .equ SSI_CTRLR1, 0x04
  .equ SSI_SSIENR, 0x08
  .equ SSI_BAUDR, 0x14
  .equ SSI_SPI_CTRLR0, 0xf4
  .equ CLOCK_DIVIDER, 4                           /* even; 50 MHz at a system clock of 200 MHz */
  .equ CTRLR0_XIP, (31 << 16) | (3 << 8)          /* 32 bits of data a frame, EEPROM read mode */
  .equ SPI_CTRLR0_XIP, (0x03 << 24) | (2 << 8) | (6 << 2) /* command 03h, 8-bit command, 24-bit address, serial */
  .equ VECTORS, 0x10000100
  .equ VTOR, 0xe000ed08

  .section .boot2, "ax"
  .thumb_func
  .global boot2
boot2:
  ldr r0, =SSI_BASE
  movs r1, #0
  str r1, [r0, #SSI_SSIENR]
  movs r1, #CLOCK_DIVIDER
  str r1, [r0, #SSI_BAUDR]
  ldr r1, =CTRLR0_XIP
  str r1, [r0, #SSI_CTRLR0]
  movs r1, #0
  str r1, [r0, #SSI_CTRLR1]
  ldr r1, =SPI_CTRLR0_XIP
  movs r2, #SSI_SPI_CTRLR0
  str r1, [r0, r2]
  movs r1, #1
  str r1, [r0, #SSI_SSIENR]
  ldr r0, =VECTORS
  ldr r1, =VTOR
  str r0, [r1]
  ldmia r0!, {r1, r2}
  msr msp, r1
  bx r2
  .ltorg
  .org 252
