/**
 * The compiler as a list of stages, for the command line, the Maven plugin and tests.
 *
 * <p>The input is a policy's text and settings. The output is diagnostics and the value of every
 * stage up to the ELF bytes. The package must not print, read files or end the process.
 */
@NullMarked
package org.ringwall.compiler.pipeline;

import org.jspecify.annotations.NullMarked;
