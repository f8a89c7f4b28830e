// SPDX-License-Identifier: Apache-2.0
/**
 * The evaluation of one system call on the state of this host: it runs the programs on the path of
 * a cgroup in their order, in an interpreter and on copies of their maps.
 *
 * <p>The input is a probe as in the tests of policies, a process and the order of programs. The
 * output is the verdict of each program with the deciding rules. The package changes nothing on the
 * host, and is the only one of the loader that uses the interpreter.
 */
@NullMarked
package org.ringwall.host.why;

import org.jspecify.annotations.NullMarked;
