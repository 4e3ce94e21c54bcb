/*
 * The smallest program that shows what a machine driver must carry: says `!` when it starts, then echoes each byte of
 * UART0 after doing what the byte asks for:
 *   0..3 marker   L level 1   E announces 100 us of sleep   W marker 1, about 3000 cycles of work, marker 0
 *   M echoes the byte kept in RAM instead and keeps `k` there   D executes SMLAD   X faults
 *   R restarts by AIRCR   C echoes `+` instead if its clock counts 100 us or more since the start, else `-`
 */
    .syntax unified
    .thumb
    .text
    .word 0x20010000, start + 1, fault + 1, fault + 1, fault + 1, fault + 1, fault + 1

    .thumb_func
fault:
    udf #0                  /* a fault inside the fault handler: lockup */

    .thumb_func
start:
    ldr r7, =0x20000000     /* doorbell */
    ldr r6, =0x4000c000     /* UART0: DR 0, FR 0x18, IBRD 0x24, FBRD 0x28, LCRH 0x2c, CR 0x30 */
    ldr r4, =0x20000400
    ldr r0, =0x400fe104     /* RCGC1: UART0 clocked */
    movs r1, #1
    str r1, [r0]
    movs r1, #0x60          /* 8N1, no FIFO */
    str r1, [r6, #0x2c]
    ldr r1, =0x301
    str r1, [r6, #0x30]
drain:                      /* QEMU's receiver keeps what came before a reset */
    ldr r1, [r6]
    ldr r1, [r6, #0x18]
    tst r1, #0x10
    beq drain
    movs r0, #'!'
send:
    ldr r1, [r6, #0x18]
    tst r1, #0x20
    bne send
    str r0, [r6]
receive:
    ldr r1, [r6, #0x18]
    tst r1, #0x10
    bne receive
    ldr r0, [r6]
    sub r1, r0, #'0'
    cmp r1, #3
    bhi not_marker
    str r0, [r7, r1, lsl #2]
    b send
not_marker:
    cmp r0, #'L'
    bne not_level
    str r0, [r7, #(4 * 17)]
    b send
not_level:
    cmp r0, #'E'
    bne not_elapse
    str r0, [r7, #(4 * (48 + 6))]
    str r0, [r7, #(4 * (48 + 4))]
    str r0, [r7, #(4 * 47)]
    b send
not_elapse:
    cmp r0, #'W'
    bne not_work
    movw r1, #1000
    str r0, [r7, #4]
1:  subs r1, #1
    bne 1b
    str r0, [r7]
    b send
not_work:
    cmp r0, #'M'
    bne not_memory
    movs r2, #'k'
    ldr r0, [r4]
    str r2, [r4]
    b send
not_memory:
    cmp r0, #'C'
    bne not_clock
    str r0, [r7, #(4 * 40)]
    ldr r1, [r7, #(4 * 40)]
    movs r0, #'-'
    cmp r1, #100
    blo send
    movs r0, #'+'
    b send
not_clock:
    cmp r0, #'R'
    bne not_restart
    ldr r0, =0xe000ed0c
    ldr r1, =0x05fa0004
    str r1, [r0]
    dsb
    b .
not_restart:
    cmp r0, #'X'
    beq fault
    cmp r0, #'D'
    bne send
    smlad r1, r2, r3, r1
    b send
    .ltorg
