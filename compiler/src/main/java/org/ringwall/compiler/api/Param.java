// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import java.math.BigInteger;

/**
 * A param of a policy: a number that is fixed when the policy is applied.
 *
 * @param name the name in the policy
 * @param type the type in the policy: {@code port}, {@code id}, {@code int}, {@code cgroup} or
 *     {@code netns}
 * @param min the smallest value, from 0
 * @param max the largest value, up to 2^64−1
 * @param initial the value if none is given
 */
public record Param(String name, String type, BigInteger min, BigInteger max, BigInteger initial) {}
