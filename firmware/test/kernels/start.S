/* Vector table and reset of the kernel test image: faults end it with a message, and unaligned accesses fault on a core that cannot do them. */
  .syntax unified
  .thumb
  .section .vectors, "a"
  .word stack_top
  .word start + 1
  .rept 14
  .word fault + 1
  .endr

  .text
  .global start
  .type start, %function
start:
#ifdef TRAP_UNALIGNED
  ldr r0, =0xE000ED14
  ldr r1, [r0]
  movs r2, #8
  orrs r1, r2
  str r1, [r0]
#endif
  bl main
fault:
  movs r0, #4
  ldr r1, =message
  bkpt 0xab
  ldr r1, =reason
  movs r0, #0x20
  bkpt 0xab
  b fault
  .ltorg
  .balign 4
reason: .word 0x20026, 1
message: .asciz "fault\n"
