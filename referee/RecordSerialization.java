// Writes tests/data/vectors/serialization.json: what Kafka's own serializers and Avro's own Java library make
// of the cases in serialization-cases.json. See record-serialization.

import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.HexFormat;
import org.apache.avro.*;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import org.apache.kafka.common.serialization.*;

public class RecordSerialization {
  static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    JsonNode cases = JSON.readTree(new File(arguments[0]));
    ObjectNode answers = JSON.createObjectNode();
    answers.put("kafka", "4.3.1").put("avro", Schema.class.getPackage().getImplementationVersion());
    ArrayNode kafka = answers.putArray("serializers");
    for (JsonNode it : cases.get("serializers")) {
      copy(kafka, it).put("hex", serialized(it.get("by").asText(), it.get("text").asText()));
    }
    ArrayNode values = answers.putArray("values");
    for (JsonNode it : cases.get("values")) {
      Schema schema = parse(it, "schema");
      copy(values, it).put("hex", hex(write(schema, read(schema, it.get("value")))));
    }
    ArrayNode changes = answers.putArray("changes");
    for (JsonNode it : cases.get("changes")) {
      Schema before = parse(it, "before"), after = parse(it, "after");
      ObjectNode change = copy(changes, it);
      prove(change.putObject("backward"), before, after, it.get("record_before"));
      prove(change.putObject("forward"), after, before, it.get("record_after"));
    }
    Files.writeString(Path.of(arguments[1]), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answers) + "\n");
  }

  static ObjectNode copy(ArrayNode answers, JsonNode it) {
    ObjectNode answer = it.deepCopy();
    answers.add(answer);
    return answer;
  }

  static String serialized(String by, String text) {
    byte[] bytes = switch (by) {
      case "IntegerSerializer" -> new IntegerSerializer().serialize("t", Integer.valueOf(text));
      case "LongSerializer" -> new LongSerializer().serialize("t", Long.valueOf(text));
      case "StringSerializer" -> new StringSerializer().serialize("t", text);
      default -> throw new IllegalArgumentException(by);
    };
    return hex(bytes);
  }

  static Schema parse(JsonNode it, String name) {
    return new Schema.Parser().parse(it.get(name).toString());
  }

  static Object read(Schema schema, JsonNode value) throws IOException {
    return new GenericDatumReader<>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, value.toString()));
  }

  static byte[] write(Schema schema, Object value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Encoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(value, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Whether the reader may read what the writer writes, and what it reads of this value. */
  static void prove(ObjectNode answer, Schema writer, Schema reader, JsonNode value) throws IOException {
    var verdict = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType();
    byte[] bytes = write(writer, read(writer, value));
    answer.put("is_compatible", verdict == SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
    answer.put("hex", hex(bytes));
    try {
      Object read = new GenericDatumReader<>(writer, reader).read(null, DecoderFactory.get().binaryDecoder(bytes, null));
      ByteArrayOutputStream json = new ByteArrayOutputStream();
      Encoder encoder = EncoderFactory.get().jsonEncoder(reader, json);
      new GenericDatumWriter<>(reader).write(read, encoder);
      encoder.flush();
      answer.set("read", JSON.readTree(json.toString(StandardCharsets.UTF_8)));
    } catch (AvroRuntimeException refused) {
      answer.put("refused", refused.getMessage());
    }
  }
}
