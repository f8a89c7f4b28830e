/**
 * {@code ringwallc}, the build-side command.
 *
 * <p>Comes in: command lines and files. Goes out: text, files, and an exit code: 0 done, 1 the policy or input is wrong, 2
 * usage, 4 a check failed. Must not know how any stage works; it calls the driver and prints.
 */
@NullMarked
package org.ringwall.compiler.cli;

import org.jspecify.annotations.NullMarked;
