package org.ringwall.compiler.testing;

import java.util.Optional;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.machine.Context;
import org.ringwall.machine.Done;

/**
 * What becomes of a request: the verdict, and context and address as the kernel goes on with them.
 *
 * @param address the `struct sockaddr_un`, at hooks that have one
 * @param done what helpers changed elsewhere, of a request that is allowed
 */
public record Answer(Verdict verdict, Context context, Optional<Bytes> address, Done done) {}
