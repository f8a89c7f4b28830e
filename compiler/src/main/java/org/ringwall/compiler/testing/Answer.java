package org.ringwall.compiler.testing;

import org.ringwall.compiler.policy.Verdict;
import org.ringwall.machine.Context;

/** What becomes of a request: the verdict, and the context as the kernel goes on with it. */
public record Answer(Verdict verdict, Context context) {}
