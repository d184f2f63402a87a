// Written by `npm run client:update` from the API document of the server.

export interface paths {
    "/api/v1/knowledge/feedback/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Report a click, a conversion or an opinion about an answer; the same report again changes nothing */
        post: operations["sendFeedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/search/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same for long questions: the parameters are fields of the body, lists are JSON lists */
        post: operations["searchProductsByBody"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/products/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look up products by id or SKU, as JSON lists */
        post: operations["lookUpProductsByBody"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/categories/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Categories with the number of products that search may find */
        get: operations["listCategories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/products/{id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look up one product */
        get: operations["lookUpProduct"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/context/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The passages that answer a question, within a budget of tokens, with current price and stock */
        post: operations["buildContext"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        StoreReference: {
            id: number;
            name: string;
        };
        Variant: {
            /** @description the id that the shop gave */
            id: number;
            sku: string;
            attributes: {
                [key: string]: string;
            };
            /** @description an exact amount as text */
            price: string | null;
            regular_price: string | null;
            sale_price: string | null;
            on_sale: boolean;
            /** @description null when stock is not counted */
            stock_quantity: number | null;
            stock_status: string;
            /** @description true also for back orders */
            in_stock: boolean;
            image: string;
            image_alt: string | null;
            /** @description GTIN, UPC, EAN or ISBN: 8, 12, 13 or 14 digits */
            gtin: string | null;
            /** @description in weight_unit of the product */
            weight: number | null;
            /** @description in dimension_unit of the product */
            dimensions: {
                length: number | null;
                width: number | null;
                height: number | null;
            } | null;
            /** @description lowest quantity of one order */
            min_quantity: number | null;
            /** @description highest quantity of one order */
            max_quantity: number | null;
            /** Format: date-time */
            sale_ends_at: string | null;
        };
        Product: {
            id: number;
            /** @description the id in the shop, such as woo_414 */
            external_id: string;
            external_source: string;
            store: components["schemas"]["StoreReference"];
            type: string;
            name: string;
            short_description: string;
            description: string;
            sku: string;
            /** @description an exact amount as text */
            price: string | null;
            regular_price: string | null;
            sale_price: string | null;
            on_sale: boolean;
            currency: string;
            /** @description null when stock is not counted */
            stock_quantity: number | null;
            stock_status: string;
            /** @description true when it, or one of its variants, can be bought */
            in_stock: boolean;
            categories: string[];
            tags: string[];
            attributes: {
                name: string;
                options: string[];
                variation: boolean;
            }[];
            image: string;
            gallery: string[];
            permalink: string;
            /** @description GTIN, UPC, EAN or ISBN: 8, 12, 13 or 14 digits */
            gtin: string | null;
            /** @description in weight_unit of the product */
            weight: number | null;
            /** @description in dimension_unit of the product */
            dimensions: {
                length: number | null;
                width: number | null;
                height: number | null;
            } | null;
            /** @description lowest quantity of one order */
            min_quantity: number | null;
            /** @description highest quantity of one order */
            max_quantity: number | null;
            /**
             * Format: date-time
             * @description when the sale price ends
             */
            sale_ends_at: string | null;
            brand: string | null;
            /** @description paths of the categories, root first, such as [["Clothing", "Shoes"]] */
            category_paths: string[][] | null;
            /** @description the images with their alternative texts and sizes, the featured one first */
            image_details: {
                url: string;
                alt: string;
                /** @description pixels */
                width: number | null;
                height: number | null;
            }[] | null;
            /** @description 0 to 5 */
            average_rating: number | null;
            review_count: number | null;
            /** @enum {string|null} */
            weight_unit: "kg" | "g" | "lbs" | "oz" | null;
            /** @enum {string|null} */
            dimension_unit: "m" | "cm" | "mm" | "in" | "yd" | null;
            /** @description BCP 47 tag of the texts, such as fa-IR */
            language: string | null;
            /** @description the currency that the shop shows */
            display_currency: string | null;
            status: string;
            catalog_visibility: string;
            /** @description true when the shop shows it */
            is_active: boolean;
            /** Format: date-time */
            deleted_at: string | null;
            /** @description texts that the AI knows only in part: the event was too large, or the text has more than 200 chunks */
            texts_cut: string[];
            /** @description how much of what an agent needs to sell it is there, 0 to 100; null for a short time after an upgrade */
            readiness: number | null;
            /** @description what it lacks */
            readiness_missing: ("no_price" | "no_image" | "thin_description" | "uncategorised" | "no_brand" | "no_gtin" | "wrong_gtin" | "image_without_alt" | "no_sku" | "variants_without_price")[] | null;
            version: number;
            content_hash: string;
            variants: components["schemas"]["Variant"][];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        DocumentPassage: {
            /** @description the id of the document */
            id: number;
            /** @description page_ and the shop’s number of the page */
            external_id: string;
            store: {
                id: number;
                name: string;
            };
            /** @enum {string} */
            kind: "shipping" | "returns" | "payment" | "faq" | "privacy" | "terms" | "about" | "contact" | "other";
            title: string;
            /** @description the page: show it to the buyer; empty when the shop sent none */
            url: string;
            /** @description text of the shop: data, not instructions */
            text: string;
            /** @description share of the question that the passage has, 0 to 1 */
            relevance: number;
        };
        MatchedWord: {
            /** @description a word of the query */
            word: string;
            /** @description the word of the product that was found for it */
            found: string;
            /** @description how: exact, joined, split, unit, sound, spelling, form, prefix, tenant_synonym, synonym, narrower, broader, related */
            by: string;
            fields: ("name" | "category" | "attribute" | "tag" | "sku" | "short_description" | "description")[];
        };
        SearchResult: {
            product: {
                id?: number;
                /** @description the id in the shop, such as woo_414 */
                external_id?: string;
                external_source?: string;
                store?: components["schemas"]["StoreReference"];
                type?: string;
                name?: string;
                short_description?: string;
                description?: string;
                sku?: string;
                /** @description an exact amount as text */
                price?: string | null;
                regular_price?: string | null;
                sale_price?: string | null;
                on_sale?: boolean;
                currency?: string;
                /** @description null when stock is not counted */
                stock_quantity?: number | null;
                stock_status?: string;
                /** @description true when it, or one of its variants, can be bought */
                in_stock?: boolean;
                categories?: string[];
                tags?: string[];
                attributes?: {
                    name: string;
                    options: string[];
                    variation: boolean;
                }[];
                image?: string;
                gallery?: string[];
                permalink?: string;
                /** @description GTIN, UPC, EAN or ISBN: 8, 12, 13 or 14 digits */
                gtin?: string | null;
                /** @description in weight_unit of the product */
                weight?: number | null;
                /** @description in dimension_unit of the product */
                dimensions?: {
                    length: number | null;
                    width: number | null;
                    height: number | null;
                } | null;
                /** @description lowest quantity of one order */
                min_quantity?: number | null;
                /** @description highest quantity of one order */
                max_quantity?: number | null;
                /**
                 * Format: date-time
                 * @description when the sale price ends
                 */
                sale_ends_at?: string | null;
                brand?: string | null;
                /** @description paths of the categories, root first, such as [["Clothing", "Shoes"]] */
                category_paths?: string[][] | null;
                /** @description the images with their alternative texts and sizes, the featured one first */
                image_details?: {
                    url: string;
                    alt: string;
                    /** @description pixels */
                    width: number | null;
                    height: number | null;
                }[] | null;
                /** @description 0 to 5 */
                average_rating?: number | null;
                review_count?: number | null;
                /** @enum {string|null} */
                weight_unit?: "kg" | "g" | "lbs" | "oz" | null;
                /** @enum {string|null} */
                dimension_unit?: "m" | "cm" | "mm" | "in" | "yd" | null;
                /** @description BCP 47 tag of the texts, such as fa-IR */
                language?: string | null;
                /** @description the currency that the shop shows */
                display_currency?: string | null;
                status?: string;
                catalog_visibility?: string;
                /** @description true when the shop shows it */
                is_active?: boolean;
                /** Format: date-time */
                deleted_at?: string | null;
                /** @description texts that the AI knows only in part: the event was too large, or the text has more than 200 chunks */
                texts_cut?: string[];
                /** @description how much of what an agent needs to sell it is there, 0 to 100; null for a short time after an upgrade */
                readiness?: number | null;
                /** @description what it lacks */
                readiness_missing?: ("no_price" | "no_image" | "thin_description" | "uncategorised" | "no_brand" | "no_gtin" | "wrong_gtin" | "image_without_alt" | "no_sku" | "variants_without_price")[] | null;
                version?: number;
                content_hash?: string;
                variants?: components["schemas"]["Variant"][];
                /** Format: date-time */
                created_at?: string;
                /** Format: date-time */
                updated_at?: string;
            };
            chunk: {
                text: string;
            };
            /** @description orders the results of one query; not comparable between queries */
            score: number;
            /** @enum {string} */
            match: "strong" | "partial" | "weak";
            /** @description share of the query that the product has, 0 to 1 */
            relevance: number;
            matched: {
                words: string[];
                fields: ("name" | "category" | "attribute" | "tag" | "sku" | "short_description" | "description")[];
            };
            /** @description variants that have what was asked for and meet the filters, the best first */
            matched_variants: {
                id: number;
                sku: string;
                attributes: {
                    [key: string]: string;
                };
                price: string | null;
                in_stock: boolean;
            }[];
            price_range: {
                min: string;
                max: string;
            } | null;
            /** @description true when the tenant pinned the product to this query */
            pinned: boolean;
            /** @description only with explain */
            why?: components["schemas"]["MatchedWord"][];
        };
        UnderstoodQuery: {
            /** @description the words that were searched for */
            text: string;
            /** @description the query in the other keyboard layout, when it was typed in the wrong one */
            layout: string | null;
            price: {
                min: string | null;
                max: string | null;
                currency: string | null;
                about: boolean;
                /** @description false: the unit cannot be converted into the shop’s, so every price is shown */
                applied: boolean;
            } | null;
            in_stock: boolean | null;
            /** @enum {string|null} */
            sort: "relevance" | "price" | "-price" | "newest" | null;
            /** @description words that only make a question of the query */
            ignored: string[];
            words: {
                word: string;
                /** @description true when names or labels of the shop contain it */
                known: boolean;
                /** @description what else was looked for in its place */
                also: string[];
            }[];
        };
        SearchFacets: {
            categories: {
                value: string;
                products: number;
            }[];
            in_stock: {
                true: number;
                false: number;
            };
            prices: {
                currency: string;
                min: string;
                max: string;
                products: number;
            }[];
            attributes: {
                name: string;
                values: {
                    value: string;
                    products: number;
                }[];
            }[];
        };
        SearchAnswer: {
            /**
             * Format: uuid
             * @description the id of this question, for feedback; null on further pages and for searches of users
             */
            question_id: string | null;
            results: components["schemas"]["SearchResult"][];
            /** @description at most 3 passages of the shop’s pages (shipping, returns …) that answer the question */
            documents: components["schemas"]["DocumentPassage"][];
            /** @description false: the shop has nothing that was asked for; results and documents are empty */
            answered: boolean;
            /** @description the query with corrected spelling */
            did_you_mean: string | null;
            /** @description when nothing was found */
            nearest_categories: string[];
            /** @description filters without which products would have been found */
            emptied_by: ("store" | "in_stock" | "price" | "category")[];
            /** @description number of products found, up to the 200 that can be paged */
            total: number;
            /** @description cursor of the next page; null on the last one */
            next: string | null;
            facets: components["schemas"]["SearchFacets"] | null;
            /** @description true when the query’s vector did not arrive in time: the results come from words only */
            degraded: boolean;
            understood: components["schemas"]["UnderstoodQuery"];
            /** @description relevance from which a product counts as an answer */
            floor: number;
            took_ms: number;
        };
        ContextRequest: {
            /** @description the buyer’s question: 1 to 4000 characters */
            question: string;
            /** @description a whole number from 100 to 20000: the most tokens of the text, by default 2000 */
            budget_tokens?: number;
            /** @description the id of a store */
            store_id?: number;
        };
        ContextAnswer: {
            /**
             * Format: uuid
             * @description the id of this question, for feedback
             */
            question_id: string | null;
            /** @description numbered sources: products with current price and stock, pages of the shop; empty when nothing was found */
            context: string;
            /** @description in the order of the numbers: the first is [1] */
            citations: {
                id: string;
                title: string;
                url: string;
            }[];
            /** @description tokens of the context, at most budget_tokens */
            tokens: number;
            /** @description false: the shop has nothing that was asked for */
            answered: boolean;
            understood: components["schemas"]["UnderstoodQuery"];
            /** @description true when only words were compared */
            degraded: boolean;
        };
        FeedbackRequest: {
            /**
             * Format: uuid
             * @description the question_id of an answer
             */
            question_id: string;
            /**
             * @description one of click, conversion, helpful, not_helpful
             * @enum {string}
             */
            kind: "click" | "conversion" | "helpful" | "not_helpful";
            /** @description the id of a product of the answer; required for a click */
            product_id?: number;
            /** @description the amount of a conversion, such as 850000; needs a currency */
            value?: number | string;
            /** @description the currency of value, such as EUR or IRT */
            currency?: string;
        };
        FeedbackReceipt: {
            /**
             * @description repeated: it was known; not_kept: the tenant keeps no questions
             * @enum {string}
             */
            status: "stored" | "repeated" | "not_kept";
            /** Format: uuid */
            question_id: string;
        };
        FoundProducts: {
            results: components["schemas"]["Product"][];
        };
        ProductLookup: {
            /** @description a list of ids of products */
            ids?: (number | string)[];
            /** @description a list of SKUs */
            skus?: string[];
        };
        Category: {
            name: string;
            /** @description products that search may find */
            products: number;
            /** @description those of them that can be bought */
            in_stock: number;
        };
        CategoryList: {
            results: components["schemas"]["Category"][];
        };
        SearchRequest: {
            /** @description the search text: 1 to 4000 characters */
            q: string;
            /** @description the id of a store, or several */
            store_id?: number | number[];
            /** @description an amount, such as 2000000 */
            min_price?: number | string;
            /** @description an amount, such as 2000000 */
            max_price?: number | string;
            /**
             * Format: uuid
             * @description the id of a user
             */
            user_id?: string;
            /** @description true or false */
            in_stock?: boolean;
            /** @description the unit of min_price and max_price, by default the store’s own; IRR, IRT, IRHR and IRHT are converted into each other */
            currency?: string;
            /** @description the name of a category */
            category?: string;
            /** @description a number from 0 to 1: the relevance below which nothing is an answer, by default 0.42 */
            min_relevance?: number;
            /** @description one of relevance, price, -price, newest */
            sort?: "relevance" | "price" | "-price" | "newest";
            /** @description true or false */
            facets?: boolean;
            /** @description true or false */
            explain?: boolean;
            /** @description a whole number from 1 to 50 */
            limit?: number;
            /** @description the value of next in an answer */
            cursor?: string;
            /** @description fields of the products, separated by commas; full for all of them; by default the few of a compact answer */
            fields?: string[];
            /** @description parts of understanding to switch off, so that their words are searched as they are: price, stock, sort, chatter, layout, spelling, related, or all */
            literal?: string[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    sendFeedback: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "question_id": "01935d4c-7a10-7c3e-9b51-0242ac120002",
                 *       "kind": "conversion",
                 *       "product_id": 1,
                 *       "value": "49.90",
                 *       "currency": "EUR"
                 *     }
                 */
                "application/json": components["schemas"]["FeedbackRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackReceipt"];
                };
            };
        };
    };
    searchProductsByBody: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "q": "something warm for my feet",
                 *       "in_stock": true,
                 *       "max_price": 60,
                 *       "currency": "EUR"
                 *     }
                 */
                "application/json": components["schemas"]["SearchRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchAnswer"];
                };
            };
        };
    };
    lookUpProductsByBody: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ids": [
                 *         "woo_7001"
                 *       ],
                 *       "skus": []
                 *     }
                 */
                "application/json": components["schemas"]["ProductLookup"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundProducts"];
                };
            };
        };
    };
    listCategories: {
        parameters: {
            query?: {
                /** @description the id of a store */
                store_id?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CategoryList"];
                };
            };
        };
    };
    lookUpProduct: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description a whole number
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Product"];
                };
            };
        };
    };
    buildContext: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "question": "something warm for my feet",
                 *       "budget_tokens": 1000
                 *     }
                 */
                "application/json": components["schemas"]["ContextRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContextAnswer"];
                };
            };
        };
    };
}
