/**
 * Instances: the pins, maps, control word and records of each policy in force (docs/abi.md), and
 * their recovery after an interruption.
 *
 * <p>Input: BPF, pins and the name of an instance. Output: its generations and state. It must not
 * know how a generation is loaded or attached.
 */
@NullMarked
package org.ringwall.loader.instance;

import org.jspecify.annotations.NullMarked;
