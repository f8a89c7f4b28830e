// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON object of the manifest with typed access to its members. Members that this version does
 * not know are ignored. Each method throws {@link BundleException} if the member is missing or has
 * another type.
 *
 * @param path where the object is, such as `policies[0].`; empty for the manifest itself
 */
record Members(String path, Map<?, ?> values) {
    private Object value(String name) throws BundleException {
        Object value = values.get(name);
        if (value == null) {
            throw new BundleException("its manifest has no `" + path + name + "`");
        }
        return value;
    }

    private BundleException wrong(String name, String what) {
        return new BundleException("`" + path + name + "` of its manifest is not " + what);
    }

    String text(String name) throws BundleException {
        if (value(name) instanceof String text) {
            return text;
        }
        throw wrong(name, "a string");
    }

    boolean flag(String name) throws BundleException {
        if (value(name) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(name, "true or false");
    }

    BigInteger number(String name) throws BundleException {
        if (value(name) instanceof BigInteger number) {
            return number;
        }
        throw wrong(name, "an integer");
    }

    int size(String name) throws BundleException {
        BigInteger number = number(name);
        if (number.signum() < 0 || number.bitLength() >= Integer.SIZE) {
            throw wrong(name, "a number from 0 to 2147483647");
        }
        return number.intValue();
    }

    Members object(String name) throws BundleException {
        if (value(name) instanceof Map<?, ?> map) {
            return new Members(path + name + ".", map);
        }
        throw wrong(name, "an object");
    }

    private List<?> list(String name) throws BundleException {
        if (value(name) instanceof List<?> list) {
            return list;
        }
        throw wrong(name, "a list");
    }

    List<String> texts(String name) throws BundleException {
        List<String> texts = new ArrayList<>();
        for (Object each : list(name)) {
            if (!(each instanceof String text)) {
                throw wrong(name, "a list of strings");
            }
            texts.add(text);
        }
        return texts;
    }

    List<Members> objects(String name) throws BundleException {
        List<Members> objects = new ArrayList<>();
        for (Object each : list(name)) {
            if (!(each instanceof Map<?, ?> map)) {
                throw wrong(name, "a list of objects");
            }
            objects.add(new Members(path + name + "[" + objects.size() + "].", map));
        }
        return objects;
    }

    /** Returns an object whose members are all lists of strings. */
    Map<String, List<String>> lists(String name) throws BundleException {
        Members object = object(name);
        Map<String, List<String>> lists = new LinkedHashMap<>();
        for (Object key : object.values().keySet()) {
            lists.put(key.toString(), object.texts(key.toString()));
        }
        return lists;
    }
}
