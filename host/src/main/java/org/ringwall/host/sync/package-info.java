// SPDX-License-Identifier: Apache-2.0
/**
 * Declared state: files that declare which policies are in force at which places, and the
 * reconciler that applies them.
 *
 * <p>Input: a directory of YAML files, objects, and the state of the host. Output: a result for
 * each declared policy. It must not know the command line, and changes a host only through {@link
 * org.ringwall.loader.apply}.
 */
@NullMarked
package org.ringwall.host.sync;

import org.jspecify.annotations.NullMarked;
