// SPDX-License-Identifier: Apache-2.0
/**
 * Declared state: files that say which policies are in force where, and what brings a host to it.
 *
 * <p>Input: a directory of YAML files, objects, and the state of the host. Output: a result for
 * each file, after what was missing was applied. It must not know the command line, and changes a
 * host only through {@link org.ringwall.loader.apply}.
 */
@NullMarked
package org.ringwall.loader.sync;

import org.jspecify.annotations.NullMarked;
