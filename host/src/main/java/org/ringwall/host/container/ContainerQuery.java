// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import java.util.Map;
import java.util.regex.Pattern;
import org.ringwall.host.place.Glob;
import org.ringwall.loader.model.CgroupException;

/** A condition on containers. */
public sealed interface ContainerQuery {
    /** Returns whether a container satisfies the condition. */
    boolean matches(Container container);

    /**
     * A condition on the name, with the wildcards `*` and `?`, or a prefix of the id.
     *
     * @param text the name as the user wrote it
     */
    record ByName(String text) implements ContainerQuery {
        private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9*?][a-zA-Z0-9_.*?/-]*");

        /** A prefix of an id; a shorter one could be a name. */
        private static final Pattern ID = Pattern.compile("[0-9a-f]{12,64}");

        /**
         * Parses a condition.
         *
         * @throws CgroupException if no container can have this name
         */
        public static ByName named(String text) {
            if (!NAME.matcher(text).matches()) {
                throw new CgroupException(
                        "`" + text + "` is not the name of a container",
                        "write its name, with * and ? for other characters, or at least 12 digits of its id");
            }
            return new ByName(text);
        }

        @Override
        public boolean matches(Container container) {
            return container.names().stream().anyMatch(new Glob(text)::matches)
                    || ID.matcher(text).matches() && container.id().startsWith(text);
        }

        @Override
        public String toString() {
            return "container `" + text + "`";
        }
    }

    /**
     * A condition on a label.
     *
     * @param key the label's key
     * @param value the label's value, with the wildcards `*` and `?`
     */
    record ByLabel(String key, String value) implements ContainerQuery {
        /**
         * Parses a condition `KEY=VALUE`.
         *
         * @throws CgroupException if the text is not of this form
         */
        public static ByLabel of(String text) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new CgroupException(
                        "`" + text + "` is not a label of containers", "write its key and value, such as app=web");
            }
            return new ByLabel(text.substring(0, equals), text.substring(equals + 1));
        }

        @Override
        public boolean matches(Container container) {
            Map<String, String> labels = container.labels();
            return labels.containsKey(key) && new Glob(value).matches(labels.getOrDefault(key, ""));
        }

        @Override
        public String toString() {
            return "containers with the label `" + key + "=" + value + "`";
        }
    }
}
