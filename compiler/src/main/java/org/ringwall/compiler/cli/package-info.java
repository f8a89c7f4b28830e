/**
 * {@code ringwallc}, the build-side command.
 *
 * <p>The input is command lines and files. The output is text, files and an exit code: 0 done, 1
 * the policy or input is wrong, 2 usage, 4 a check failed. The package must not know how any stage
 * works; it calls the driver and prints.
 */
@NullMarked
package org.ringwall.compiler.cli;

import org.jspecify.annotations.NullMarked;
