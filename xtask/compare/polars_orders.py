"""Orders to four tables with Polars. It makes no UUIDs: keys are row numbers, as text."""

import os
import sys

source, directory, form, threads = sys.argv[1:5]
os.environ["POLARS_MAX_THREADS"] = threads

import polars as pl  # noqa: E402 (reads the number of threads when it is imported)

os.makedirs(directory, exist_ok=True)
now = pl.lit("2026-01-01T00:00:00").str.to_datetime().alias("_timestamp")


def numbered(frame):
    return frame.with_row_index("_id").with_columns(pl.col("_id").cast(pl.String))


def write(name, frame):
    path = f"{directory}/{name}.{form}"
    frame = frame.with_columns(now)
    if form == "parquet":
        frame.write_parquet(path, compression="snappy")
    else:
        lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
        texts = [
            (pl.lit('["') + pl.col(name).list.join('","') + '"]').alias(name) for name in lists
        ]
        frame.with_columns(texts).write_csv(path)


def children(frame, column):
    rows = frame.select(pl.col("_id").alias("_parent_id"), column).explode(column)
    return numbered(rows.drop_nulls(column)).unnest(column)


read = pl.read_json if source.endswith(".json") else pl.read_ndjson
orders = numbered(read(source, infer_schema_length=None))
items = children(orders, "items")
customer = pl.col("customer").struct
address = customer.field("address").struct
write("data", orders.select(
    "_id", "order_id", "created_at", "status", "total", "currency",
    customer.field("id").alias("customer_id"),
    customer.field("vip").alias("customer_vip"),
    customer.field("name").alias("customer_name"),
    address.field("street").alias("customer_address_street"),
    address.field("zip").alias("customer_address_zip"),
    address.field("geo").struct.field("lat").alias("customer_address_geo_lat"),
    address.field("geo").struct.field("lon").alias("customer_address_geo_lon"),
    "tags", "notes",
))
write("data_items", items.select(
    "_id", "_parent_id", "sku", "qty", "price",
    pl.col("attrs").struct.field("color").alias("attrs_color"),
    pl.col("attrs").struct.field("weight_g").alias("attrs_weight_g"),
))
write("data_items_discounts", children(items, "discounts"))
write("data_payments", children(orders, "payments"))
