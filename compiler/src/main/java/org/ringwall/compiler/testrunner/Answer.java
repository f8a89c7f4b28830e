// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.Optional;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.machine.Context;
import org.ringwall.machine.Done;

/**
 * The result of a request: the verdict, and the context and address that the kernel uses
 * afterwards.
 *
 * @param address the `struct sockaddr_un`, at hooks that have one
 * @param done the other changes made by helpers for an allowed request
 */
public record Answer(Verdict verdict, Context context, Optional<Bytes> address, Done done) {}
