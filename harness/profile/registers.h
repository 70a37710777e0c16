/* The registers of a thread in a perf sample, and their numbers in call frame information. */
#ifndef IOWALK_PROFILE_REGISTERS_H
#define IOWALK_PROFILE_REGISTERS_H

/*
 * x86-64: rax rdx rcx rbx rsi rdi rbp rsp r8 to r15 have the DWARF numbers 0 to 15, and the return
 * address has 16. perf's own numbers are those of asm/perf_regs.h.
 * Source: System V ABI, AMD64 supplement, figure 3.36.
 */
#define PROFILE_REGISTERS_COUNT 17
#define PROFILE_REGISTER_STACK  7
#define PROFILE_REGISTER_CODE   16

#endif
