// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/**
 * One fact about this host or about a policy in force.
 *
 * @param subject the part of the host, or the name of an instance
 * @param text the fact, without its subject
 * @param help what to do about it; empty if there is nothing to do
 */
public record Diagnosis(Level level, String subject, String text, String help) {
    /** The weight of a fact. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Not as it should be, or not visible to this process; policies in force hold. */
        WARNING,
        /** A policy does not hold, or none can be put in force. */
        PROBLEM
    }

    /** Creates a fact that is as it should be. */
    public static Diagnosis ok(String subject, String text) {
        return new Diagnosis(Level.OK, subject, text, "");
    }

    /** Creates a fact that does not keep policies from holding, with what to do about it. */
    public static Diagnosis warning(String subject, String text, String help) {
        return new Diagnosis(Level.WARNING, subject, text, help);
    }

    /** Creates a fact that keeps a policy from holding, with what to do about it. */
    public static Diagnosis problem(String subject, String text, String help) {
        return new Diagnosis(Level.PROBLEM, subject, text, help);
    }
}
