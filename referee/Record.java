// Fills topics of a real broker with all that a partition's files can show, for tests/data/real-folders.
// See record-folders.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringSerializer;

public class Record {
    static final String BOOTSTRAP = System.getenv("BOOTSTRAP");

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", BOOTSTRAP))) {
            create(admin, "mixed", Map.of("internal.segment.bytes", "1500", "index.interval.bytes", "150", "retention.ms", "-1"));
            create(admin, "stamped", Map.of("message.timestamp.type", "LogAppendTime", "index.interval.bytes", "0"));
            create(admin, "cleaned", Map.of("cleanup.policy", "compact", "internal.segment.bytes", "400", "index.interval.bytes", "100",
                "min.cleanable.dirty.ratio", "0.01", "delete.retention.ms", "86400000"));
            create(admin, "untouched", Map.of());
            stamped();
            cleaned();
            mixed();
            admin.deleteRecords(Map.of(new TopicPartition("mixed", 0), RecordsToDelete.beforeOffset(2))).all().get();
        }
        // Without closing the producer whose transaction is open: the last snapshot has to show it.
        Runtime.getRuntime().halt(0);
    }

    static void create(Admin admin, String topic, Map<String, String> config) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(config))).all().get();
    }

    static KafkaProducer<String, String> producer(Object... settings) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", BOOTSTRAP, "linger.ms", 1000));
        for (int i = 0; i < settings.length; i += 2) config.put((String) settings[i], settings[i + 1]);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    /** Sends records in one batch; each is "key=value", a missing part is null. */
    static void batch(KafkaProducer<String, String> producer, String topic, long timestamp, String... records) {
        for (String text : records) {
            int at = text.indexOf('=');
            String key = at == 0 ? null : at < 0 ? text : text.substring(0, at);
            String value = at < 0 ? null : text.substring(at + 1);
            var record = new ProducerRecord<>(topic, 0, timestamp++, key, value);
            if (value != null && value.startsWith("h")) {
                record.headers().add(new RecordHeader("trace", new byte[] {55})).add(new RecordHeader("trace", null)).add(new RecordHeader("ü", new byte[0]));
            }
            producer.send(record);
        }
        producer.flush();
    }

    static void mixed() throws Exception {
        String t = "mixed";
        var first = producer("transactional.id", "first");
        try (var plain = producer("enable.idempotence", false); var one = producer(); var two = producer();
             var second = producer("transactional.id", "second")) {
            batch(plain, t, 1000, "alice=1", "bob", "=hello", "=");
            batch(one, t, 5000, "a=1", "b=ö€😀");
            batch(two, t, 3000, "a=2");
            batch(one, t, 4000, "a=3");
            first.initTransactions();
            second.initTransactions();
            first.beginTransaction();
            batch(first, t, 6000, "x=1", "y=1");
            second.beginTransaction();
            batch(second, t, 6000, "x=2");
            batch(one, t, 7000, "a=4");
            first.abortTransaction();
            batch(two, t, 8000, "long=" + "z".repeat(300));
            second.abortTransaction();
            first.beginTransaction();
            batch(first, t, 9000, "x=3");
            first.commitTransaction();
            for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) {
                try (var packed = producer("compression.type", codec)) {
                    batch(packed, t, 10000, "k=" + codec.repeat(30), "k", "=h" + codec);
                }
            }
            second.beginTransaction();
            batch(second, t, 11000, "open=1");
            second.abortTransaction();
            for (int i = 0; i < 12; i++) batch(i % 2 == 0 ? one : two, t, 12000 + 100L * (i % 5), "n=" + i);
            first.beginTransaction();
            batch(first, t, 13000, "undecided=1");
        }
    }

    static void stamped() {
        try (var producer = producer("enable.idempotence", false)) {
            for (int i = 0; i < 3; i++) batch(producer, "stamped", 1000, "a=" + i, "b=h");
        }
    }

    static void cleaned() throws Exception {
        try (var one = producer(); var first = producer("transactional.id", "cleaned")) {
            first.initTransactions();
            for (int round = 0; round < 6; round++) {
                batch(one, "cleaned", 20000 + round, "a=" + round, "b=" + round, "c=h");
                batch(one, "cleaned", 21000 + round, "b");
                first.beginTransaction();
                batch(first, "cleaned", 22000 + round, "d=" + round, "e=" + round);
                if (round % 2 == 0) first.abortTransaction(); else first.commitTransaction();
            }
        }
        Thread.sleep(4000);
    }
}
