package org.ringwall.compiler.emit;

import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.kernel.Hook;

/** The code for one hook; its line marks are lines and columns of the policy's text. */
public record HookCode(Hook hook, Assembly assembly) {}
